import {Graph} from '../../src/engine/graph.ts'
import type {Node, Value} from '../../src/engine/value.ts'

/** A graph, and an input of it. */
export function startGraph(...shape: number[]): {readonly g: Graph; readonly x: Value} {
  const g = new Graph()
  return {g, x: g.input('x', 'float32', shape)}
}

/** The node that computes a value. */
export function nodeOf(value: Value): Node {
  if (value.kind !== 'node') throw new Error(`a ${value.kind}, not a node`)
  return value.node
}
