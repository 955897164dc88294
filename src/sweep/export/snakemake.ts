import {statSync} from 'node:fs'
import {resolve} from 'node:path'
import {displayPath} from '../../base/paths.ts'
import {pluralize} from '../../base/pluralize.ts'
import {dataPaths} from '../../recipes/file/hub-sources.ts'
import type {ExportFormat, ExportStep} from './format.ts'

/**
 * A Snakefile with a rule, whose output is a `.done` file for each cell. Runs are not its output, as Snakemake would remove
 * the checkpoints of runs that fail. Other or changed recipes have other files.
 */
export const snakemake: ExportFormat = {
  runs: 'here',
  files: (cells, {up, name}) => ({
    Snakefile: `# ${pluralize(cells.length, 'cell')}, written by svft export snakemake.
import os
import shlex

workdir: os.path.join(workflow.basedir, ${python(up)})

CELLS = {
${cells.map(({name, words}) => `    ${python(name)}: [${words.map(python).join(', ')}],\n`).join('')}}

THREADS = {
${cells
  .filter(({cell}) => cell.recipe.threads !== undefined)
  .map(({name, cell}) => `    ${python(name)}: ${cell.recipe.threads},\n`)
  .join('')}}  # other cells use 1 thread by default: --set-threads cell=8

FILES = {
${cells.map(({cell, name}) => `    ${python(name)}: [${filesOf(cell).map(python).join(', ')}],\n`).join('')}}  # a cell runs again if one of them changes

def words(wildcards, threads):
    is_set = wildcards.cell in THREADS
    return shlex.join(CELLS[wildcards.cell] + ([] if is_set else ["--set", f"threads={threads}"]))

DONE = ${python(`runs/.snakemake/${name}/{cell}.done`)}

wildcard_constraints:
    cell="[a-z0-9-]+"

rule all:
    input:
        expand(DONE, cell=list(CELLS))

rule cell:
    input:
        lambda wildcards: FILES[wildcards.cell]
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

/**
 * The files of this machine that a cell reads, without those inside folders, such as a model's, and without paths that have
 * braces: Snakemake would read them as wildcards.
 */
function filesOf({files, recipe}: ExportStep['cell']): readonly string[] {
  const paths = [...files, ...dataPaths(recipe)].map(path => displayPath(resolve(path)))
  return [...new Set(paths)].filter(path => !/[{}]/.test(path) && statSync(path, {throwIfNoEntry: false})?.isFile())
}

/** A Python string, which has the same escapes as JSON. */
const python = (text: string) => JSON.stringify(text)
