/**
 * Toy machine functions from text, for examples that a reader should see whole.
 *
 *     block parameters: instruction; instruction; …
 *
 * `v1` is an integer virtual register, `v1=r2` one fixed to a register. Instructions: `entry defs`, `const def`,
 * `sum def use use`, `mix -> defs from uses`, `call -> defs from uses`, `jump block arguments`, `branch use block
 * block`, `return use`.
 */
import { Constraint, MachineFunction, Pseudo, RegClass, VIRTUAL } from '../../fluxc/target/machine/machine-function.ts';
import { ToyOp } from './toy-target.ts';

export function parseMachine(text: string): MachineFunction {
  const machine = new MachineFunction('example');
  const order: number[] = [];
  const starts: number[] = [];
  const ends: number[] = [];
  const register = (name: string) => {
    const number = Number(name.slice(1));
    while (machine.virtualCount <= number) machine.newVirtual(RegClass.Int);
    return VIRTUAL + number;
  };
  const operand = (word: string, extra: number) => {
    const [name, fixed] = word.split('=');
    const place = fixed ? Constraint.Fixed | (Number(fixed.slice(1)) << 8) : Constraint.Any;
    machine.addOperand(register(name!), place | extra);
  };
  const make = (op: number) => order.push(machine.make(op));
  const blocks = text.split(/\n(?=\s*\d+[^:\n]*:)/).map((line) => line.trim()).filter((line) => line !== '');
  for (const line of blocks) {
    const [head, body] = line.split(/:(.*)/s);
    const [block, ...params] = head!.trim().split(' ');
    const number = Number(block);
    machine.layout.push(number);
    machine.params[number] = params.map(register);
    machine.jumpArguments[number] = [];
    machine.successors[number] = [];
    starts[number] = order.length;
    for (const instruction of body!.split(';').map((part) => part.trim()).filter((part) => part !== '')) {
      const [name, ...words] = instruction.split(/\s+/);
      const arrow = words.indexOf('from');
      switch (name) {
        case 'entry':
          make(Pseudo.Entry);
          words.forEach((word) => operand(word, Constraint.Def));
          break;
        case 'const':
          machine.imm[order[make(ToyOp.Constant) - 1]!] = 40 + order.length;
          operand(words[0]!, Constraint.Def);
          break;
        case 'sum':
          make(ToyOp.Sum);
          machine.addOperand(register(words[0]!), Constraint.Def | Constraint.Reuse | (1 << 8));
          operand(words[1]!, 0);
          operand(words[2]!, 0);
          break;
        case 'mix':
        case 'call':
          make(ToyOp.Mix);
          words.slice(1, arrow).forEach((word) => operand(word, Constraint.Def));
          words.slice(arrow + 1).forEach((word) => operand(word, 0));
          if (name === 'call') machine.clobber[order[order.length - 1]!] = 1;
          break;
        case 'jump':
          machine.target[order[make(ToyOp.Jump) - 1]!] = Number(words[0]);
          machine.successors[number] = [Number(words[0])];
          machine.jumpArguments[number] = words.slice(1).map(register);
          break;
        case 'branch':
          make(ToyOp.Branch);
          operand(words[0]!, 0);
          machine.successors[number] = [Number(words[1]), Number(words[2])];
          break;
        case 'return':
          make(ToyOp.Return);
          operand(words[0]!, 0);
          break;
        default:
          throw new Error(`what is ${name}?`);
      }
    }
    ends[number] = order.length;
  }
  machine.order = Int32Array.from(order);
  machine.start = Int32Array.from(starts);
  machine.end = Int32Array.from(ends);
  return machine;
}
