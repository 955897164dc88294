import type {Spec} from 'vega'
import {inline} from '../../text/printable.ts'
import {type Curves, curvesSpec} from './curves.ts'
import {kindOf, LOOKS, type Look} from './look.ts'
import {type Pareto, paretoSpec} from './pareto.ts'

/** Anything that can be drawn. */
export type Figure = Pareto | Curves

/** The figure as Vega draws it: its texts are escaped before they are measured, so that SVG and HTML hold what XML allows. */
export function specOf(figure: Figure, look: Look): Spec {
  const shown = visible(figure)
  return shown.kind === 'pareto' ? paretoSpec(shown, look) : curvesSpec(shown, look)
}

/** A copy of which every text is visible, on one line. */
const visible = (figure: Figure): Figure =>
  JSON.parse(JSON.stringify(figure), (_key, value) => (typeof value === 'string' ? inline(value) : value))

/** A figure as Vega draws it in every look. */
export interface Drawn {
  readonly id: string
  readonly specs: Readonly<Record<Look['name'], Spec>>
}

export const drawn = (figure: Figure): Drawn => ({
  id: figure.id,
  specs: {
    light: specOf(figure, LOOKS.light),
    dark: specOf(figure, LOOKS.dark),
    print: specOf(figure, LOOKS.print),
  },
})

/** The kinds of methods in a figure, as its signal `hidden` knows them. */
export function kindsOf(figure: Figure): string[] {
  const methods = figure.kind === 'pareto' ? [...figure.points, ...figure.paper] : figure.curves
  return [...new Set(methods.map(({method}) => kindOf(method)))].sort()
}
