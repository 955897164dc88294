import type {Format} from './format.ts'

/**
 * A Snakefile: a rule, and a file a cell that says it is done. What a run computes is not the rule's output, for Snakemake
 * removes the output of what fails, and checkpoints are worth keeping. Other recipes, or recipes that have changed, have
 * other files.
 */
export const snakemake: Format = {
  files: (cells, {up, name}) => ({
    Snakefile: `# ${cells.length} cells, written by svft export snakemake.
import os
import shlex

workdir: os.path.join(workflow.basedir, ${python(up)})

CELLS = {
${cells.map(({name, words}) => `    ${python(name)}: [${words.map(python).join(', ')}],\n`).join('')}}

DONE = ${python(`runs/.snakemake/${name}/{cell}.done`)}

wildcard_constraints:
    cell="[a-z0-9-]+"

rule all:
    input:
        expand(DONE, cell=list(CELLS))

rule cell:
    output:
        touch(DONE)
    threads: ${Math.max(1, ...cells.map(({cell}) => cell.recipe.threads ?? 1))}
    retries: 3
    params:
        words=lambda wildcards: shlex.join(CELLS[wildcards.cell])
    shell:
        "\${{SVFT:-svft}} {params.words} --fence"
`,
  }),
  next: 'snakemake --cores all',
}

/** All that JSON escapes, Python reads in the same way. */
const python = (text: string) => JSON.stringify(text)
