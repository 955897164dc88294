import type {Spec} from 'vega'
import {groupBy} from '../../base/collections.ts'
import {escapeLine} from '../../base/printable.ts'
import {type LineFigure, linesSpec} from './lines.ts'
import {kindOf, LOOKS, type Look} from './look.ts'
import {paretoSpec} from './pareto.ts'
import type {Pareto} from './pareto-figure.ts'

/** Anything that can be drawn. */
export type Figure = Pareto | LineFigure

/** The Vega specification of a figure. Texts are escaped before they are measured, so that SVG and HTML are valid. */
export function specOf(figure: Figure, look: Look): Spec {
  const shown = visible(figure)
  const spec = shown.kind === 'pareto' ? paretoSpec(shown, look) : linesSpec(shown, look)
  return {...spec, description: `${shown.title}: ${shown.subtitle}`}
}

/** A copy with all texts escaped, on one line, and short enough to leave room for the plot. */
function visible(figure: Figure): Figure {
  const shorten = openShortened()
  return JSON.parse(JSON.stringify(figure), (key, value) => {
    if (typeof value !== 'string') return value
    return key === 'label' || key === 'ours' ? shorten(escapeLine(value)) : escapeLine(value, LONGEST_TITLE)
  })
}

const LONGEST_TITLE = 120
const LONGEST_LABEL = 44

/**
 * Shortens labels in their middle, as names differ at both ends; tables have them in full. Labels that would become equal are
 * numbered, since a figure identifies its marks and lines by their labels.
 */
function openShortened(): (label: string) => string {
  const short = new Map<string, string>()
  const taken = new Map<string, number>()
  return label => {
    const known = short.get(label)
    if (known !== undefined || label.length <= LONGEST_LABEL) return known ?? label
    const cut = `${label.slice(0, LONGEST_LABEL / 2)}…${label.slice(1 - LONGEST_LABEL / 2)}`
    const count = (taken.get(cut) ?? 0) + 1
    taken.set(cut, count)
    const one = count === 1 ? cut : `${cut} (${count})`
    short.set(label, one)
    return one
  }
}

/** The Vega specifications of a figure in every look. */
export interface DrawnFigure {
  readonly id: string
  readonly specs: Readonly<Record<Look['name'], Spec>>
}

export function drawFigure(figure: Figure): DrawnFigure {
  const specs = Object.values(LOOKS).map(look => [look.name, specOf(figure, look)])
  return {id: figure.id, specs: Object.fromEntries(specs)}
}

/** The methods in a figure by their kind, as its signal `hidden` names it. */
export function methodsByKind(figure: Figure): Map<string, string[]> {
  const drawn = figure.kind === 'pareto' ? [...figure.points, ...figure.paper] : figure.lines
  return groupBy(new Set(drawn.map(({method}) => method).sort()), kindOf)
}
