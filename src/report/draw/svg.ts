import {parse, resetSVGDefIds, type Spec, View} from 'vega'
import {escapeMarkup} from '../../base/text/markup.ts'

/** Renders a figure as SVG text, the same for the same figure, with its description as its name for screen readers. */
export async function renderSvg(spec: Spec): Promise<string> {
  resetSVGDefIds() // Vega numbers its ids over all figures of a process
  const view = new View(parse(spec), {renderer: 'none'})
  try {
    const name = escapeMarkup(spec.description ?? '')
    const svg = await view.toSVG()
    return `${svg.replace(/<svg ([^>]*)>/, (_, rest) => `<svg role="img" aria-label="${name}" ${rest}><title>${name}</title>`)}\n`
  } finally {
    view.finalize()
  }
}
