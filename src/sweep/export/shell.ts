import {pluralize} from '../../base/pluralize.ts'
import {shellWord, shellWords} from '../../base/text/shell-words.ts'
import type {ExportFormat} from './format.ts'

/**
 * A POSIX shell script that runs one cell after the other, and goes on after a failure. It exits with 0 if all are done, 1
 * if one failed, and immediately with 75 or 130 if one was stopped, or with 127 if there is no svft.
 */
export const shell: ExportFormat = {
  runs: 'here',
  files: (cells, {up}) => ({
    'svft.sh': `#!/bin/sh
# ${pluralize(cells.length, 'cell')}, written by svft export shell. Run it again to go on. SVFT is the command that runs svft.
cd -- "$(dirname -- "$0")"/${shellWord(up)} || exit 74
failed=0
cell() {
  \${SVFT:-svft} "$@"
  code=$?
  case $code in
    0) ;;
    75 | 130) exit $code ;;
    127)
      echo "\${SVFT:-svft}: command not found; name the command that runs svft, as in SVFT='npx svft'" >&2
      exit 127
      ;;
    *) failed=$((failed + 1)) ;;
  esac
}
${cells.map(({words}) => `cell ${shellWords(words)}\n`).join('')}[ "$failed" -eq 0 ] || echo "$failed of ${pluralize(cells.length, 'cell')} failed" >&2
[ "$failed" -eq 0 ]
`,
  }),
  next: 'sh svft.sh',
}
