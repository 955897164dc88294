import {methodNamed} from '../../adapters/index.ts'
import {compact, sum} from '../../base/collections.ts'
import {formatCount, pluralize} from '../../base/pluralize.ts'
import {seedRanges} from '../../base/seeds.ts'
import type {Row} from '../../results/row.ts'
import {PAIR_ALPHA} from '../../statistics/compare.ts'
import type {MetricName} from '../../statistics/item-variance.ts'
import {isTrained, type ReportEntry, type ReportedRun} from '../entries.ts'
import {distinctTexts} from '../measured-cost.ts'
import {methodName, overridesIn} from '../tables/labels.ts'
import type {RunCost} from './cost.ts'
import {energyText, hoursText} from './cost-text.ts'
import type {Rerun} from './rerun.ts'
import {searchesText, unreadTrialsText} from './search-text.ts'
import type {SuiteTrials} from './trials.ts'

/** A point of the checklist with its answer. */
export interface ChecklistPoint {
  readonly area: string
  readonly point: string
  readonly status: 'recorded' | 'partly recorded' | 'not recorded' | 'not applicable'
  /** The answer, or the reason why there is none. */
  readonly text: string
}

export interface ChecklistFacts {
  readonly runs: readonly ReportedRun[]
  readonly entries: readonly ReportEntry[]
  readonly trials: readonly SuiteTrials[]
  readonly reruns: readonly Rerun[]
  /** The cost of runs and trials. */
  readonly cost: RunCost
}

type Answer = Pick<ChecklistPoint, 'status' | 'text'>

/**
 * The points that reviewers of reproducibility tracks check (NeurIPS, ML Reproducibility Challenge), in words of our own:
 * how to answer each point of an area from the facts.
 */
const POINTS: Readonly<Record<string, Readonly<Record<string, (facts: ChecklistFacts) => Answer>>>> = {
  'Models and algorithms': {
    'Every method is described, with its equation.': describeMethods,
    'Assumptions, and choices that the paper leaves open, are stated.': () =>
      partly(
        'Rows do not record them. The recipe.json in each run’s folder does, and svft conflicts lists where the paper and the official code differ.',
      ),
    'Complexity is stated: parameters, time and memory.': ({entries}) => {
      const rows = rowsOf(entries)
      const step = rangeText(
        rows.flatMap(({stepMs}) => stepMs ?? []),
        'ms a step',
      )
      const memory = rangeText(
        rows.flatMap(({peakMemoryMb}) => peakMemoryMb ?? []),
        'MB of peak memory',
      )
      const params = rangeText(
        entries.map(({params}) => params),
        'trainable parameters',
      )
      return share([params, step, memory])
    },
  },
  Theory: {
    'Theoretical claims have proofs.': () => ({
      status: 'not applicable',
      text: 'The runs test claims about scores; none is theoretical.',
    }),
  },
  Datasets: {
    'The size of every dataset is stated.': ({entries}) =>
      partly(
        `Test items: ${testFilesOf(entries)
          .map(({suite, name, n}) => `${suite} ${name} ${formatCount(n)}`)
          .join(', ')}. Rows do not record the number of training examples; svft plan prints it.`,
      ),
    'The splits for training, validation and testing are stated.': ({entries}) =>
      partly(
        `Scored: ${distinctTexts(testFilesOf(entries).map(({name}) => name)).join(', ')}. Rows do not record the training and validation files; the recipe.json in each run’s folder does.`,
      ),
    'Excluded data and preprocessing are stated.': ({entries}) => {
      const limits = distinctTexts(entries.flatMap(overridesIn).filter(one => one.startsWith('data.')))
      const text = limits.length === 0 ? 'No run overrides its data.' : `Overrides of data: ${limits.join(', ')}.`
      return partly(`${text} The recipe.json in each run’s folder records limits and few-shot subsets.`)
    },
    'The data can be obtained and identified.': ({entries}) =>
      counted(rowsOf(entries), ({dataRevision}) => dataRevision, 'a hash of the contents of their data'),
    'The collection of new data is described.': () => ({
      status: 'not applicable',
      text: 'svft collects no data. If you collected data of your own, describe how.',
    }),
  },
  Code: {
    'The code for training and evaluation can be obtained, with its dependencies.': ({entries}) => {
      const rows = rowsOf(entries)
      const dirty = rows.filter(({dirty}) => dirty).length
      const versions = distinctTexts(rows.map(({version}) => `svft ${version}`)).join(', ')
      const commits = counted(rows, ({commit}) => commit, 'the commit of its sources')
      const text = `${versions}, whose package-lock.json pins every dependency. ${commits.text}`
      return {...commits, text: dirty === 0 ? text : `${text} ${pluralize(dirty, 'run')} had uncommitted changes.`}
    },
    'The pre-trained models are identified.': ({entries}) => {
      const rows = rowsOf(entries)
      const revisions = counted(rows, ({modelRevision}) => modelRevision, 'a hash of the contents of their model')
      return {...revisions, text: `${distinctTexts(rows.map(({model}) => model)).join(', ')}. ${revisions.text}`}
    },
    'A command reproduces each result.': ({reruns}) => {
      const without = reruns.filter(({command}) => command === undefined).length
      const lost = reruns.filter(({lostCommits}) => lostCommits.length > 0).length
      const text = compact([
        `${pluralize(reruns.length - without, 'command')}, in the last section of this page.`,
        without > 0 && `${pluralize(without, 'setting')} of recipes that are not among those here.`,
        lost > 0 && `${pluralize(lost, 'setting')} with a commit that is not in this repository.`,
      ]).join(' ')
      return without + lost === 0 ? recorded(text) : partly(text)
    },
  },
  Results: {
    'The hyper-parameters that were tried, and how they were selected, are stated.': ({entries, trials}) => {
      const trained = entries.filter(isTrained)
      const tuned = trained.filter(({search}) => search !== undefined).length
      const varied = sum(trials.map(({varied}) => varied.length))
      const text = compact([
        searchesText(trials),
        varied > 0 &&
          `${pluralize(varied, 'recipe')} ran with several settings; rows do not record how one was selected.`,
      ]).join(' ')
      if (tuned === 0) return {status: 'not recorded', text}
      return tuned === trained.length ? recorded(text) : partly(text)
    },
    'The final hyper-parameters are stated.': () =>
      recorded('The recipe of each row holds them all, and the hash in the row is that of the resolved recipe.'),
    'The number of training and evaluation runs is stated.': ({entries, trials}) => {
      const rows = rowsOf(entries)
      const trained = rows.filter(({steps}) => steps > 0).length
      const seeds = trials.map(({suite, seeds}) => `${suite} ${seedRanges(seeds)}`)
      return recorded(
        `${pluralize(trained, 'run')} with training, ${rows.length - trained} without; each is scored at its end. Seeds: ${seeds.join(', ')}.`,
      )
    },
    'The metrics are defined.': ({entries}) =>
      recorded(`${distinctTexts(testFilesOf(entries).map(({metric}) => METRICS[metric])).join('; ')}.`),
    'Error bars are given, with their definition.': ({entries}) => {
      const single = entries.filter(({seeds}) => seeds.length < 2).length
      const text =
        'Mean ± standard deviation over seeds, and a 95 % confidence interval that covers seeds and test items; one seed has an interval that covers the items alone (of an accuracy the Wilson interval).'
      return single === 0
        ? recorded(text)
        : partly(
            `${text} ${single} of ${pluralize(entries.length, 'setting')} ${single === 1 ? 'has' : 'have'} one seed.`,
          )
    },
    'Comparisons are tested for significance.': () =>
      recorded(
        `Two-sided tests with Holm’s correction at the ${100 * PAIR_ALPHA} % level: for all pairs of methods on a test file (report.html), and for all claims above.`,
      ),
    'The average runtime is stated.': ({entries, trials}) =>
      recorded(`Mean wall time of a run: ${trials.map(({suite}) => runtimeText(suite, entries)).join(', ')}.`),
    'Total computation is stated.': ({cost, trials}) => {
      const text = `${hoursText(cost.coreHours)} core-hours and ${hoursText(cost.gpuHours)} GPU-hours. Runs that failed, that were deleted or that are in other files are not counted.`
      const unread = unreadTrialsText(trials)
      return unread === undefined ? recorded(text) : partly(`${text} ${unread}`)
    },
    'Energy is stated.': ({cost, trials}) => {
      const unread = unreadTrialsText(trials)
      const text = unread === undefined ? energyText(cost) : `${energyText(cost)} ${unread}`
      return cost.energy.measuredRuns === cost.runs && unread === undefined ? recorded(text) : partly(text)
    },
    'The computing infrastructure is described.': ({runs, entries}) => {
      const used = new Set(rowsOf(entries))
      const machines = runs.filter(({row}) => used.has(row)).map(({machine}) => machine)
      const known = distinctTexts(machines.flatMap(machine => machine ?? []))
      const threads = rangeText(
        rowsOf(entries).map(({threads}) => threads),
        'threads',
      )?.replace(/^1 threads$/, '1 thread')
      if (known.length === 0)
        return partly(
          `${threads}. Results files have no processor; the environment.json in each run’s folder does, so a report of the runs names it.`,
        )
      const text = `${known.join(', ')}; ${threads}.`
      return machines.includes(undefined) ? partly(text) : recorded(text)
    },
  },
}

export const answerChecklist = (facts: ChecklistFacts): ChecklistPoint[] =>
  Object.entries(POINTS).flatMap(([area, points]) =>
    Object.entries(points).map(([point, answer]) => ({area, point, ...answer(facts)})),
  )

const METRICS: Readonly<Record<MetricName, string>> = {
  accuracy: 'accuracy: the share of items that are right',
  'macro-f1': 'macro F1: the mean over the classes of the harmonic mean of precision and recall',
  matthews: 'Matthews correlation of predicted and true classes',
  pearson: 'Pearson correlation of predicted and true values',
  'inverse-perplexity': 'inverse perplexity: the geometric mean of the probabilities of tokens',
}

const recorded = (text: string): Answer => ({status: 'recorded', text})
const partly = (text: string): Answer => ({status: 'partly recorded', text})

const rowsOf = (entries: readonly ReportEntry[]): readonly Row[] => entries.flatMap(({rows}) => rows)

function describeMethods({entries}: ChecklistFacts): Answer {
  const methods = distinctTexts(entries.map(({method}) => method))
  const unknown = methods.filter(method => method !== 'none' && !methodNamed(method))
  const text = `${methods.map(methodName).join(', ')}: docs/ADAPTERS.md gives the equation and the source of each.`
  return unknown.length === 0 ? recorded(text) : partly(`${text} Not a method of svft: ${unknown.join(', ')}.`)
}

/** Each test file of each suite once. */
function testFilesOf(entries: readonly ReportEntry[]) {
  const all = entries.flatMap(({suite, columns}) =>
    Object.entries(columns).map(([name, {n, metric}]) => ({suite, name, n, metric})),
  )
  return [...new Map(all.map(one => [JSON.stringify(one), one])).values()]
}

function counted(rows: readonly Row[], field: (row: Row) => string | undefined, noun: string): Answer {
  const having = rows.filter(row => field(row)).length
  if (having === rows.length) return recorded(`All ${rows.length} rows record ${noun}.`)
  if (having === 0) return {status: 'not recorded', text: `No row records ${noun}.`}
  return partly(`${having} of ${rows.length} rows record ${noun}.`)
}

/** Joins what is known. */
function share(texts: readonly (string | undefined)[]): Answer {
  const known = compact(texts)
  return {status: known.length === texts.length ? 'recorded' : 'partly recorded', text: `${known.join(', ')}.`}
}

/** `776 to 457,152 trainable parameters`; undefined without a value. */
function rangeText(values: readonly number[], unit: string): string | undefined {
  if (values.length === 0) return undefined
  const [low, high] = [Math.min(...values), Math.max(...values)].map(value => formatCount(Number(value.toPrecision(3))))
  return low === high ? `${low} ${unit}` : `${low} to ${high} ${unit}`
}

function runtimeText(suite: string, entries: readonly ReportEntry[]): string {
  const rows = rowsOf(entries.filter(entry => entry.suite === suite))
  return `${suite} ${(sum(rows.map(({seconds}) => seconds)) / rows.length).toFixed(0)} s`
}
