/** What `lwd port` has to say. */
import type { Recipe } from '../config/recipe.js';
import type { PortProject } from '../toolchain/port-project.js';
import type { Report } from './output.js';
import { tableText } from './text.js';

export function portListReport(ports: readonly Recipe[]): Report {
  return {
    toJson: () => ({ ports: ports.map(({ name, version, about }) => ({ name, version, about })) }),
    toText: () =>
      tableText([['NAME', 'VERSION', 'WHAT'], ...ports.map((port) => [port.name, port.version, port.about])]),
  };
}

/** `folder`: relative to the current one, empty for that one itself. */
export function portProjectReport(project: PortProject, folder: string): Report {
  const steps = [...(folder === '' ? [] : [`cd ${folder}`]), 'lwd build', 'lwd up'];
  return {
    toJson: () => ({ port: project }),
    toText: () =>
      [`${project.name} ${project.version}: wrote source/, ${project.files.join(', ')}`, 'next:']
        .concat(steps.map((step) => `  ${step}`))
        .join('\n'),
  };
}
