import {shellWord, shellWords} from '../../base/shell-words.ts'
import type {ExportStep} from './format.ts'

/** A script that runs the cell whose index is in a shell variable, fenced, as its machine may be lost. */
export function selectByVariable(variable: string, cells: readonly ExportStep[]): string {
  const arms = cells.map(({words}, i) => `  ${i}) exec svft ${shellWords([...words, '--fence'])} ;;\n`)
  return `case "$${variable}" in\n${arms.join('')}  *) echo ${shellWord(`${variable} is not a cell`)} >&2; exit 2 ;;\nesac\n`
}
