import {Fault} from '../base/fault.ts'
import {shellWords} from '../base/shell-words.ts'
import {buildReference} from './gates/build-reference.ts'
import {type CheckReference, FEWEST_SEEDS} from './gates/reference.ts'
import {writeReference} from './read-reference.ts'
import {type AskedRuns, askedRuns} from './select-runs.ts'

export interface BlessOptions {
  readonly out: string
  readonly seeds?: string | undefined
  readonly set?: readonly string[] | undefined
}

/** Writes the reference that finished runs make. @throws Fault 'recipe' with the reasons why they make none */
export async function bless(
  what: readonly string[],
  {out, ...options}: BlessOptions,
): Promise<{readonly reference: CheckReference; readonly warnings: readonly string[]}> {
  const found = await askedRuns(what, options)
  const {runs, warnings} = found
  refuseFewSeeds(found)
  const sweep = shellWords(['svft', 'sweep', ...what, ...flagsOf(options)])
  refuseUnfinished(found, found.asked ? `${sweep} runs them` : 'svft run goes on with them')
  const reference = buildReference(runs)
  await writeReference(out, reference)
  const open = reference.cells.filter(({envelope}) => envelope === undefined).map(({recipe}) => recipe)
  const none = `no envelope, as no seed ran in other surroundings: ${open.join(', ')}`
  return {reference, warnings: [...warnings, ...(open.length > 0 ? [none] : [])]}
}

/** Told before what is not finished: who asked for too few would run those for nothing. */
function refuseFewSeeds({seeds}: AskedRuns): void {
  const few = [...(seeds ?? [])].find(([, count]) => count < FEWEST_SEEDS)
  if (!few) return
  const [recipe, count] = few
  throw new Fault(
    'recipe',
    `a reference needs ${FEWEST_SEEDS} seeds or more of each recipe, like --seeds 0-${FEWEST_SEEDS - 1}; asked for ${count} of ${recipe}`,
  )
}

function refuseUnfinished({runs, unfinished, asked}: AskedRuns, advice: string): void {
  if (unfinished.length === 0) return
  const noun = asked ? 'cells' : 'runs'
  const count = `${unfinished.length} of ${runs.length + unfinished.length} ${noun} are not finished`
  const cells = unfinished.map(({recipe, says}) => `${recipe}: ${says}`)
  throw new Fault('recipe', [`${count}; ${advice}:`, ...cells].join('\n'))
}

const flagsOf = ({seeds, set = []}: Omit<BlessOptions, 'out'>): readonly string[] => [
  ...(seeds === undefined ? [] : ['--seeds', seeds]),
  ...set.flatMap(one => ['--set', one]),
]
