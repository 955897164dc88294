import {compact} from '../base/collections.ts'
import {Fault} from '../base/fault.ts'
import {setWords, shellWords} from '../base/text/shell-words.ts'
import {buildReference} from './build-reference.ts'
import {type CheckReference, FEWEST_SEEDS, writeReference} from './reference-file.ts'
import {type SelectedRuns, type SelectRunsOptions, selectRuns} from './select-runs.ts'

export interface BlessOptions extends SelectRunsOptions {
  /** The file to write. */
  readonly out: string
}

/** Writes finished runs as a reference. @throws Fault 'recipe' with the reasons why they are none */
export async function bless(
  paths: readonly string[],
  {out, ...options}: BlessOptions,
): Promise<{readonly reference: CheckReference; readonly warnings: readonly string[]}> {
  const selected = await selectRuns(paths, options)
  refuseFewSeeds(selected)
  const sweep = shellWords(['svft', 'sweep', ...paths, ...flagsOf(options)])
  refuseUnfinished(selected, selected.recipes ? `${sweep} runs them` : 'svft run resumes them')
  const reference = buildReference(selected.runs)
  await writeReference(out, reference)
  const open = reference.cells.filter(({envelope}) => envelope === undefined).map(({recipe}) => recipe)
  const warning = `no envelope, as no seed ran in another environment: ${open.join(', ')}`
  return {reference, warnings: compact([...selected.warnings, open.length > 0 && warning])}
}

/** Refuses too few seeds before unfinished runs, so that nobody runs those for nothing. */
function refuseFewSeeds({recipes}: SelectedRuns): void {
  const few = [...(recipes ?? [])].find(([, seeds]) => seeds < FEWEST_SEEDS)
  if (!few) return
  const [recipe, seeds] = few
  throw new Fault(
    'recipe',
    `a reference needs ${FEWEST_SEEDS} seeds or more of each recipe, like --seeds 0-${FEWEST_SEEDS - 1}; given: ${seeds} of ${recipe}`,
  )
}

function refuseUnfinished({runs, unfinished, recipes}: SelectedRuns, advice: string): void {
  if (unfinished.length === 0) return
  const noun = recipes ? 'cells' : 'runs'
  const count = `${unfinished.length} of ${runs.length + unfinished.length} ${noun} are not finished`
  const cells = unfinished.map(({recipe, message}) => `${recipe}: ${message}`)
  throw new Fault('recipe', [`${count}; ${advice}:`, ...cells].join('\n'))
}

const flagsOf = ({seeds, set = []}: SelectRunsOptions): readonly string[] => [
  ...(seeds === undefined ? [] : ['--seeds', seeds]),
  ...setWords(set),
]
