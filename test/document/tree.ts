/** Measures and walks syntax trees without recursion, for tests. */
import type { ModuleNode } from '../../fluxc/lang/ast.ts';

/** Levels of objects in the tree, each list counting as one. */
export function treeHeight(module: ModuleNode): number {
  let highest = 0;
  const open: { value: unknown; height: number }[] = [{ value: module.decls, height: 0 }];
  for (let next = open.pop(); next; next = open.pop()) {
    const { value, height } = next;
    if (typeof value !== 'object' || value === null || ArrayBuffer.isView(value)) continue;
    highest = Math.max(highest, height);
    for (const part of Object.values(value)) open.push({ value: part, height: height + 1 });
  }
  return highest;
}

/** Every object of the tree that has a span. */
export function spannedNodes(module: ModuleNode): { kind?: string; span: { start: number; end: number } }[] {
  const nodes: { kind?: string; span: { start: number; end: number } }[] = [];
  const open: unknown[] = [module.decls, module.uses];
  for (let value = open.pop(); value !== undefined; value = open.pop()) {
    if (typeof value !== 'object' || value === null || ArrayBuffer.isView(value)) continue;
    if ('span' in value) nodes.push(value as (typeof nodes)[number]);
    for (const part of Object.values(value)) if (part !== undefined) open.push(part);
  }
  return nodes;
}
