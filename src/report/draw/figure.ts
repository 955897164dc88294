import type {Spec} from 'vega'
import {type Curves, curvesSpec} from './curves.ts'
import {kindOf, LOOKS, type Look} from './look.ts'
import {type Pareto, paretoSpec} from './pareto.ts'

/** Anything that can be drawn. */
export type Figure = Pareto | Curves

export const specOf = (figure: Figure, look: Look): Spec =>
  figure.kind === 'pareto' ? paretoSpec(figure, look) : curvesSpec(figure, look)

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
