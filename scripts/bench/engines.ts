import {openOnnx} from '../../src/engine/onnx.ts'
import {openOpenVino} from '../../src/engine/openvino/openvino.ts'
import type {Engine} from '../../src/engine/program.ts'
import {lookUp} from '../look-up.ts'
import {count} from './flags.ts'

export const ENGINE_FLAGS = {
  engine: {type: 'string', default: 'onnx'},
  threads: {type: 'string', default: '2'},
} as const

/** `onnx` computes in float32, `openvino` in bfloat16. */
const ENGINES = {onnx: openOnnx, openvino: openOpenVino} as const

/** Opens the engine that the flags choose. */
export async function openEngine({
  engine,
  threads,
}: {
  readonly engine: string
  readonly threads: string
}): Promise<Engine> {
  return lookUp('--engine', ENGINES, engine)({threads: count('threads', threads)})
}
