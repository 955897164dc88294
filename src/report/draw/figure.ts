import type {Spec} from 'vega'
import {escapeLine} from '../../base/printable.ts'
import {type Curves, curvesSpec} from './curves.ts'
import {kindOf, LOOKS, type Look} from './look.ts'
import {paretoSpec} from './pareto.ts'
import type {Pareto} from './pareto-figure.ts'

/** Anything that can be drawn. */
export type Figure = Pareto | Curves

/** The figure as Vega draws it: its texts are escaped before they are measured, so that SVG and HTML hold what XML allows. */
export function specOf(figure: Figure, look: Look): Spec {
  const shown = visible(figure)
  return shown.kind === 'pareto' ? paretoSpec(shown, look) : curvesSpec(shown, look)
}

/** A copy of which every text is visible, on one line, and titles and names of marks leave room for their plot. */
const visible = (figure: Figure): Figure =>
  JSON.parse(JSON.stringify(figure), (key, value) => {
    if (typeof value !== 'string') return value
    return key === 'label' || key === 'ours' ? shortened(escapeLine(value)) : escapeLine(value, LONGEST_TITLE)
  })

const LONGEST_TITLE = 120
const LONGEST_LABEL = 44

/** Names differ at both ends; what is under the pointer and the tables have them whole. */
const shortened = (label: string): string =>
  label.length > LONGEST_LABEL ? `${label.slice(0, LONGEST_LABEL / 2)}…${label.slice(1 - LONGEST_LABEL / 2)}` : label

/** A figure as Vega draws it in every look. */
export interface DrawnFigure {
  readonly id: string
  readonly specs: Readonly<Record<Look['name'], Spec>>
}

export const drawFigure = (figure: Figure): DrawnFigure => ({
  id: figure.id,
  specs: {
    light: specOf(figure, LOOKS.light),
    dark: specOf(figure, LOOKS.dark),
    print: specOf(figure, LOOKS.print),
    phone: specOf(figure, LOOKS.phone),
    'phone-dark': specOf(figure, LOOKS['phone-dark']),
  },
})

/** The kinds of methods in a figure, as its signal `hidden` knows them. */
export function kindsOf(figure: Figure): string[] {
  const methods = figure.kind === 'pareto' ? [...figure.points, ...figure.paper] : figure.curves
  return [...new Set(methods.map(({method}) => kindOf(method)))].sort()
}
