import type {Spec} from 'vega'
import {type Curves, curvesSpec} from './curves.ts'
import {kindOf, type Look} from './look.ts'
import {type Pareto, paretoSpec} from './pareto.ts'

/** Anything that can be drawn. */
export type Figure = Pareto | Curves

export const specOf = (figure: Figure, look: Look): Spec =>
  figure.kind === 'pareto' ? paretoSpec(figure, look) : curvesSpec(figure, look)

/** The kinds of methods in a figure, as its signal `hidden` knows them. */
export function kindsOf(figure: Figure): string[] {
  const methods = figure.kind === 'pareto' ? [...figure.points, ...figure.paper] : figure.curves
  return [...new Set(methods.map(({method}) => kindOf(method)))].sort()
}
