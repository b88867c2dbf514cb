/**
 * OCaml: programs compiled to bytecode by this machine's ocamlc, run by the interpreter in domains; the same programs by
 * this machine's interpreter have to print the same.
 */
import { join } from 'node:path';

const libraries = '-I +threads unix.cma threads.cma str.cma';

export default async function check(ocaml) {
  for (const name of ['language', 'system', 'threads']) {
    const program = join(ocaml.folder, 'work', name);
    const compile = `cp programs/${name}.ml work/ && ocamlc ${libraries} -o ${program} work/${name}.ml`;
    await ocaml.linux('sh', ['-c', `mkdir -p work && ${compile}`]);
    const expected = (await ocaml.linux(program, [], { env: { ON_LINUX: '1' } })).stdout.toString();
    const { stdout } = await ocaml.up([`/bytecode/${name}`]);
    ocaml.verdicts(stdout.toString());
    ocaml.same(`${name}: the same words on Linux`, stdout.toString(), expected);
  }
  ocaml.impossible('threads that only compute take turns', 'a domain does not preempt: another runs when one waits');
  ocaml.impossible('Dynlink of libraries in C', 'an image is linked as a whole');
}
