import type {ExportFormat, ExportStep} from './format.ts'

/**
 * A Snakefile: a rule, and a file a cell that says it is done. What a run computes is not the rule's output, for Snakemake
 * removes the output of what fails, and checkpoints are worth keeping. Other recipes, or recipes that have changed, have
 * other files.
 */
export const snakemake: ExportFormat = {
  runs: 'here',
  files: (cells, {up, name}) => ({
    Snakefile: `# ${cells.length} cells, written by svft export snakemake.
import os
import shlex

workdir: os.path.join(workflow.basedir, ${python(up)})

CELLS = {
${cells.map(({name, words}) => `    ${python(name)}: [${words.map(python).join(', ')}],\n`).join('')}}

THREADS = {
${saying(cells)
  .map(({name, cell}) => `    ${python(name)}: ${cell.recipe.threads},\n`)
  .join('')}}  # of the others by default 1: --set-threads cell=8

def words(wildcards, threads):
    said = wildcards.cell in THREADS
    return shlex.join(CELLS[wildcards.cell] + ([] if said else ["--set", f"threads={threads}"]))

DONE = ${python(`runs/.snakemake/${name}/{cell}.done`)}

wildcard_constraints:
    cell="[a-z0-9-]+"

rule all:
    input:
        expand(DONE, cell=list(CELLS))

rule cell:
    output:
        touch(DONE)
    threads: lambda wildcards: THREADS.get(wildcards.cell, 1)
    retries: 3
    params:
        words=words
    shell:
        "\${{SVFT:-svft}} {params.words} --fence"
`,
  }),
  next: 'snakemake --cores all',
}

/** Cells whose recipes say how many threads they have. */
const saying = (cells: readonly ExportStep[]) => cells.filter(({cell}) => cell.recipe.threads !== undefined)

/** All that JSON escapes, Python reads in the same way. */
const python = (text: string) => JSON.stringify(text)
