import {Args, Flags} from '@oclif/core'

/** An argument that must be given. Without `ignoreStdin`, oclif would take one that is missing from stdin. */
export const requiredArg = (description: string) => Args.string({description, required: true, ignoreStdin: true})

/** An argument that may be left out. */
export const optionalArg = (description: string) => Args.string({description, ignoreStdin: true})

/** The argument of commands that take the cells of a sweep. */
export const cellsArg = requiredArg(
  'recipe files or folders, sweep files, or a table, row or figure of the paper: table1, n9.svf_7, figure1',
)

/** The argument of commands that take one finished run. */
export const finishedRunArg = requiredArg("a finished run's folder, its name in runs/, or the beginning of the name")

/** A flag that may be given several times, with one value each. */
export const repeatableFlag = (description: string) =>
  Flags.string({description, multiple: true, multipleNonGreedy: true})

export const versionFlag = Flags.string({description: 'version of the paper: arxiv-v1 (default) or neurips2024'})

/** The flag that chooses the port of a page; ports below 1024 are not for ordinary programs. */
export const portFlag = Flags.integer({
  description: 'port of the page; default: any free one',
  min: 1024,
  max: 65_535,
})

/** The flags that say where and how the runs of a sweep or a search work. */
export const platformFlags = {
  workers: Flags.integer({
    description: 'number of runs at a time, which share the cores; default: 1, on Slurm no limit',
    min: 1,
  }),
  on: Flags.option({
    description: 'run on this machine, or as Slurm jobs',
    options: ['here', 'slurm'] as const,
    default: 'here',
  })(),
  slurm: repeatableFlag('resources of each Slurm job: partition=long, time=4:00:00, memory=16G, cpus=4'),
  threads: Flags.integer({description: 'CPU threads of each run, short for --set threads=N', min: 1}),
}
