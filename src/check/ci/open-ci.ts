/** What a CI system reads in the log of a command, and its summary of the job. */
export type CiSystem = Pick<
  typeof import('./github.ts'),
  'maskLines' | 'rawMarks' | 'rawLines' | 'annotationLines' | 'addSummary'
>

/** Opens the CI system that `--ci` names; without it, one that adds nothing to the log. */
export const openCi = async (name: string | undefined): Promise<CiSystem> =>
  name === undefined ? NO_SYSTEM : import('./github.ts')

const NO_SYSTEM: CiSystem = {
  maskLines: async () => [],
  rawMarks: () => ({begin: [], end: []}),
  rawLines: text => [text],
  annotationLines: () => [],
  addSummary: async () => {},
}
