#!/usr/bin/env zx
/**
 * `npm run update`: writes the golden files and the generated parts of the documents anew, from the tables and the code as
 * they are. What changed is shown: a golden file is only as good as the review of its diff.
 */
import { $, path } from 'zx';

$.cwd = path.join(import.meta.dirname, '..');
$.env = { ...process.env, UPDATE: '1' };

const { stdout } = await $`grep -rlE ${"env(\\.|\\[')UPDATE"} test --include=*.test.ts`;
const files = stdout.trim().split('\n').sort();
await $({ stdio: 'inherit' })`npx vitest run ${files}`;
await $({ stdio: 'inherit' })`git diff --stat -- test docs`;
