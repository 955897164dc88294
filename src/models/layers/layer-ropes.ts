import {quote} from '../../base/printable.ts'
import {type ModelConfig, reader} from '../config.ts'
import {type Rope, type RopeKeys, readRope} from './rope-config.ts'
import {LAYER_TYPES, type SlidingWindow} from './sliding-window.ts'

/** The ropes of the layers that attend to all tokens, and of those with a window. */
export interface LayerRopes {
  readonly full: Rope
  readonly sliding: Rope
}

/** The rope of a layer. */
export const ropeOfLayer = ({full, sliding}: LayerRopes, window: SlidingWindow | undefined, layer: number): Rope =>
  window?.covers(layer) ? sliding : full

interface LayerRopeKeys {
  readonly full: RopeKeys
  /** Those of the layers with a window, given the rope of the others. */
  readonly sliding: (full: Rope) => RopeKeys
  /** Whether `rope_scaling` holds for the layers with a window too. */
  readonly scalesSliding: boolean
}

/** Reads the rotary keys of a model whose `rope_parameters` has an object for each type of layer. */
export function readLayerRopes(json: ModelConfig, headSize: number, keys: LayerRopeKeys): LayerRopes {
  const read = reader(json)
  const [byType, common] = [read.object('rope_parameters', {}), read.object('rope_scaling', {})]
  const other = Object.keys(byType).find(key => !LAYER_TYPES.includes(key))
  read.check(
    other === undefined,
    `rope_parameters must have the keys ${LAYER_TYPES.join(' and ')}, not ${quote(other)}`,
  )
  const isTyped = common.type === undefined || common.rope_type !== undefined
  read.check(isTyped, 'rope_scaling must name its type as rope_type; transformers ignores type in this architecture')
  const outside = {...json, rope_scaling: undefined, original_max_position_embeddings: undefined} // as in transformers
  const ropeOf = (type: string, scaling: ModelConfig, keys: RopeKeys) => {
    const own = {...reader(byType).object(type, {}), ...scaling}
    return readRope({...outside, rope_parameters: own}, headSize, keys)
  }
  const full = ropeOf('full_attention', common, keys.full)
  return {full, sliding: ropeOf('sliding_attention', keys.scalesSliding ? common : {}, keys.sliding(full))}
}
