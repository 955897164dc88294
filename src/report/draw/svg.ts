import {parse, resetSVGDefIds, type Spec, View} from 'vega'

/** Renders a figure as SVG text, the same for the same figure. */
export async function renderSvg(spec: Spec): Promise<string> {
  resetSVGDefIds() // Vega numbers its ids over all figures of a process
  const view = new View(parse(spec), {renderer: 'none'})
  try {
    return `${await view.toSVG()}\n`
  } finally {
    view.finalize()
  }
}
