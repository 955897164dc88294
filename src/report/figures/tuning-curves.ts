import {groupBy} from '../../base/collections.ts'
import {mean} from '../../statistics/mean-variance.ts'
import type {LineFigure, LinePoint, MethodLine} from '../draw/lines.ts'
import {columnNames, type ReportEntry} from '../entries.ts'
import {itemsAndSeeds} from '../tables/count-text.ts'
import {entryLabels, overridesIn, sharedPrecision} from '../tables/labels.ts'
import {slug} from '../tables/slug.ts'
import {metricAxis} from './suite-figures.ts'

/** The fewest values of a setting that make a line. */
const FEWEST = 3

/** A scale is logarithmic if the largest value is at least this many times the smallest. */
const LOGARITHMIC = 20

/**
 * The figures of scores against a setting that was given at least three values, one for each setting and column, with all
 * methods in one figure: means over seeds, and bars from the lowest to the highest seed.
 */
export function tuningCurves(suite: string, entries: readonly ReportEntry[]): LineFigure[] {
  const settings = entries.map(entry => ({entry, values: numbersOf(entry)}))
  const keys = [...new Set(settings.flatMap(({values}) => [...values.keys()]))].sort()
  return columnNames(entries).flatMap(column =>
    keys.flatMap((key): LineFigure[] => {
      const swept = settings.flatMap(({entry, values}) => {
        const value = values.get(key)
        return value === undefined || !(column in entry.columns) ? [] : [{entry, value}]
      })
      const groups = groupsOf(swept, key)
      return groups.length === 0 ? [] : [figureOf(suite, groups, {key, column})]
    }),
  )
}

interface SweptEntry {
  readonly entry: ReportEntry
  readonly value: number
}

/** The overrides of an entry that are numbers, by their path. */
function numbersOf(entry: ReportEntry): ReadonlyMap<string, number> {
  const pairs = overridesIn(entry).map(text => {
    const [key, value] = text.split(/=(.*)/s)
    return [key, Number(value)] as const
  })
  return new Map(pairs.filter(([, value]) => Number.isFinite(value)))
}

/** The entries of a line. */
interface LineGroup {
  readonly group: readonly SweptEntry[]
  readonly scattered: boolean
}

/** A group of each recipe and its other overrides; where these have too few values each, one of the recipe. */
function groupsOf(swept: readonly SweptEntry[], key: string): readonly LineGroup[] {
  return [...groupBy(swept, ({entry}) => entry.recipe).values()].flatMap((own): readonly LineGroup[] => {
    const alike = [...groupBy(own, ({entry}) => othersOf(entry, key)).values()].filter(isEnough)
    if (alike.length > 0) return alike.map(group => ({group, scattered: false}))
    return isEnough(own) ? [{group: own, scattered: true}] : []
  })
}

function linesOf(groups: readonly LineGroup[], {key, column}: FigureParts): readonly MethodLine[] {
  const named = groups.map(({group: [{entry}], scattered}) => {
    const others = scattered ? '' : othersOf(entry, key)
    return {...entry, name: JSON.stringify([entry.recipe, others]), set: others}
  })
  const label = entryLabels(named)
  return groups.map(({group, scattered}, i) => ({
    label: label(named[i]),
    method: group[0].entry.method,
    points: pointsOf(group, column),
    scattered,
  }))
}

const isEnough = (swept: readonly SweptEntry[]) => new Set(swept.map(({value}) => value)).size >= FEWEST

const othersOf = (entry: ReportEntry, key: string): string =>
  overridesIn(entry)
    .filter(text => !text.startsWith(`${key}=`))
    .join(' ')

/** The means over seeds. The best is one of those with the most seeds, since a trial without a score of each seed has failed. */
function pointsOf(swept: readonly SweptEntry[], column: string): readonly LinePoint[] {
  const points = swept
    .map(({entry, value}) => {
      const scores = [...entry.columns[column].bySeed.values()]
      const range = [Math.min(...scores), Math.max(...scores)] as const
      const point = {x: value, y: mean(scores), range: range[0] < range[1] ? range : undefined}
      return {point, seeds: scores.length}
    })
    .toSorted((a, b) => a.point.x - b.point.x)
  const most = Math.max(...points.map(({seeds}) => seeds))
  const scores = points.map(({point: {y}, seeds}) => (seeds === most ? y : Number.NEGATIVE_INFINITY))
  const best = scores.indexOf(Math.max(...scores)) // of equals the smallest value
  return points.map(({point}, i) => (i === best ? {...point, best: true} : point))
}

interface FigureParts {
  readonly key: string
  readonly column: string
}

function figureOf(suite: string, groups: readonly LineGroup[], {key, column}: FigureParts): LineFigure {
  const lines = linesOf(groups, {key, column})
  const entries = groups.flatMap(({group}) => group.map(({entry}) => entry))
  const [entry] = entries
  const {metric} = entry.columns[column]
  const xs = lines.flatMap(({points}) => points.map(({x}) => x))
  const [least, most] = [Math.min(...xs), Math.max(...xs)]
  const setting = key === 'train.lr' ? 'learning rate' : key
  const columns = entries.map(({columns}) => columns[column])
  const spread = columns.some(({bySeed}) => bySeed.size > 1)
    ? ': means, and bars from the lowest to the highest seed'
    : ''
  return {
    kind: 'lines',
    id: slug(suite, column, 'by', key.replaceAll('.', '-')),
    title: `${suite}: ${column} by ${setting}`,
    subtitle: `${itemsAndSeeds(columns, sharedPrecision(entries))}${spread}; the best of each method is filled, and marks that it would hide stand beside it`,
    x: {title: setting, scale: least > 0 && most / least >= LOGARITHMIC ? 'log' : 'linear'},
    y: {...metricAxis(metric), scale: 'linear'},
    marked: true,
    lines,
  }
}
