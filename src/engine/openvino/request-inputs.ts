import type {PartData} from '../parts.ts'
import {type Data, equalShapes, type Shape} from '../program.ts'
import type {Handle, OpenVino} from './c-api.ts'

/** The inputs of a request, as tensors of the library in the memory of arrays. */
export interface RequestInputs {
  /** Passes an array. Where the same memory has the same shape as in an earlier run that kept it, its tensor serves again. */
  set(part: PartData, options: {readonly kept: boolean}): void
  /** Frees the tensors that no later run uses. */
  endRun(): void
  /** Frees all tensors. */
  release(): void
}

export function openInputs(api: OpenVino, request: Handle): RequestInputs {
  const held = new Map<string, HeldInput>()
  const release = (which: (input: HeldInput) => boolean) => {
    for (const [name, input] of held) {
      if (!which(input)) continue
      api.free('tensor', input.tensor)
      held.delete(name)
    }
  }
  return {
    set({name, dtype, shape, data}, {kept}) {
      const last = held.get(name)
      if (last && isSameMemory(last.data, data) && equalShapes(last.shape, shape)) return
      const tensor = api.wrapTensor(dtype, shape, data)
      api.setTensor(request, name, tensor)
      if (last) api.free('tensor', last.tensor)
      held.set(name, {tensor, data, shape, kept})
    },
    endRun: () => release(({kept}) => !kept),
    release: () => release(() => true),
  }
}

interface HeldInput {
  readonly tensor: Handle
  /** The array whose memory the tensor uses; held here, it stays alive. */
  readonly data: Data
  readonly shape: Shape
  /** Whether the request holds it beyond a run. */
  readonly kept: boolean
}

const isSameMemory = (a: Data, b: Data): boolean =>
  a.buffer === b.buffer && a.byteOffset === b.byteOffset && a.length === b.length
