import {expect, test} from 'vitest'
import {training} from '../../../test/models/adapters.ts'
import {traceGraph} from '../../engine/backend.ts'
import type {Spec} from '../../engine/program.ts'
import type {Node, Value} from '../../engine/value.ts'
import '../../tensor/gradients.ts'
import type {Tensor} from '../../tensor/tf.ts'
import {float} from '../adapter.ts'
import {bandWidth} from './band.ts'
import {buildSvft, type SvftSettings} from './build.ts'
import {COST, cheapest, type Formulation, type MergeCost} from './formulation.ts'

// Where each took over, as timed on a CPU (2 threads) over forward and backward of one weight.
test.each([
  [256, 768, 768, 0, 'factorized'],
  [8192, 768, 768, 0, 'merged'],
  [1576, 2048, 2048, 0, 'factorized'],
  [256, 768, 768, 160, 'factorized'],
  [1576, 768, 768, 160, 'merged'],
  [1576, 2048, 2048, 160, 'factorized'],
  [1576, 3072, 768, 160, 'factorized'],
  [256, 768, 768, 768, 'factorized'],
  [1576, 768, 768, 768, 'merged'],
  [1576, 2048, 2048, 2048, 'factorized'],
  [1576, 3072, 768, 768, 'factorized'],
] as const)('%i rows through %i × %i, C %i wide: %s', (rows, out, into, width, formulation) => {
  const n = Math.min(out, into)
  expect(cheapest({rows, out, into, left: n, right: n, width})).toBe(formulation)
})

const PATTERNS: readonly (SvftSettings & {width: (n: number) => number})[] = [
  {pattern: 'plain', width: () => 0},
  {pattern: 'banded', diagonals: 16, width: n => bandWidth(n, 16)},
  {pattern: 'random', diagonals: 2, width: n => n},
]

for (const {width, ...settings} of PATTERNS) {
  for (const formulation of ['factorized', 'merged'] as const) {
    for (const [out, into] of [
      [640, 640],
      [512, 700],
      [700, 512],
    ]) {
      // biome-ignore format: pairs
      test(`a ${formulation} step of ${settings.pattern} on ${out} × ${into} multiplies no more than it costs`, () => {
        const n = Math.min(out, into)
        const work: MergeCost = {rows: 96, out, into, left: n, right: n, width: width(n)}
        const {products, expected} = {products: traceProducts({...settings, formulation}, work), expected: COST[formulation](work)}
        // the first and last block of a band are narrower than counted
        expect(products).toBeLessThanOrEqual(expected)
        expect(products).toBeGreaterThan(0.97 * expected)
        if (settings.pattern !== 'banded') expect(products).toBe(expected)
      })
    }
  }
}

/** Floating-point operations of all matrix products that a training step needs. */
function traceProducts(settings: SvftSettings & {formulation: Formulation}, {rows, out, into}: MergeCost): number {
  const adapter = buildSvft(settings)
  const {frozen, trainable} = adapter.shapes([out, into])
  return traceGraph((graph, tensor, value) => {
    const input = (name: string, {shape, dtype}: Spec) => tensor(graph.input(name, dtype, shape))
    const given: Record<string, Tensor> = {x: input('x', float(rows, into)), dy: input('dy', float(rows, out))}
    for (const [name, spec] of Object.entries<Spec>(trainable)) given[name] = input(name, spec)
    const weights: Record<string, Tensor> = {}
    for (const [name, spec] of Object.entries<Spec>(frozen)) weights[name] = input(name, spec)
    const {merged: _, ...results} = training(adapter, given, weights)
    return [...needed(Object.values(results).map(value))].reduce((sum, node) => sum + operations(node), 0)
  })
}

function needed(outputs: readonly Value[], found = new Set<Node>()): Set<Node> {
  for (const output of outputs) {
    if (output.kind === 'view') needed([output.source], found)
    if (output.kind !== 'node' || found.has(output.node)) continue
    found.add(output.node)
    needed(
      output.node.inputs.filter(input => input !== undefined),
      found,
    )
  }
  return found
}

function operations({op, inputs, outputs, attributes}: Node): number {
  if (op !== 'Gemm') return 0
  const [m, n] = outputs[0].shape
  return 2 * m * n * inputs[0]!.shape[attributes.transA ? 0 : 1]
}
