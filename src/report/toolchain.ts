/** What `lwd toolchain` has to say. */
import type { ToolchainStatus } from '../toolchain/inventory.js';
import type { Report } from './output.js';
import { bytesText, tableText } from './text.js';

export function toolchainReport(status: ToolchainStatus): Report {
  return {
    toJson: () => status,
    toText: () => {
      const { sysroot } = status;
      const lines = [
        `triple    ${status.triple}`,
        `cache     ${status.cache.path} (${bytesText(status.cache.bytes)})`,
        sysroot === undefined
          ? 'sysroot   not made yet (lwd build makes it, and so does lwd toolchain --build)'
          : `sysroot   ${sysroot.path} (${bytesText(sysroot.bytes)})`,
        ...(sysroot === undefined ? [] : [`commands  ${sysroot.path}/bin/${status.triple}-clang and others`]),
        '',
        tableText([['TOOL', 'VERSION', 'PATH'], ...status.tools.map((tool) => [tool.name, tool.version, tool.path])]),
      ];
      if (sysroot !== undefined) {
        const rows = sysroot.sources.map((source) => [source.name, source.version, source.sha256.slice(0, 16)]);
        lines.push('', tableText([['SOURCE', 'VERSION', 'SHA256'], ...rows]));
      }
      return lines.join('\n');
    },
  };
}
