// The functions of OpenVINO's C API that compile and run a model, called through koffi. Status codes become errors.
import {Fault} from '../../base/fault.ts'
import {koffi, type LibraryHandle} from '../../base/native/koffi.ts'

/** A pointer to one of the library's objects. */
export type Handle = bigint

/** ov_element_type_e */
const ELEMENT_TYPE = {bool: 1, bfloat16: 2, float32: 4, int32: 9} as const

export type ElementType = keyof typeof ELEMENT_TYPE

type ObjectKind = 'core' | 'model' | 'compiled_model' | 'infer_request' | 'tensor'

/** Loads the library. @throws Fault 'failed' if it cannot be loaded or lacks a function */
export function loadOpenVino(library: string): OpenVino {
  try {
    return new OpenVino(bindFunctions(koffi.load(library)))
  } catch (error) {
    const message = `engine openvino: ${library} cannot be loaded: ${(error as Error).message}`
    throw new Fault('failed', `${message}; run: svft engine install openvino`, {cause: error})
  }
}

export class OpenVino {
  private readonly functions: Functions

  constructor(functions: Functions) {
    this.functions = functions
  }

  createCore(): Handle {
    return this.create('create core', out => this.functions.createCore(out))
  }

  /** A property of the CPU plugin, as text. */
  property(core: Handle, key: string): string {
    const out: [string | null] = [null]
    this.check(this.functions.property(core, 'CPU', key, out), `property ${key}`)
    return out[0] ?? ''
  }

  /** Reads an ONNX model from memory. */
  readModel(core: Handle, model: Uint8Array): Promise<Handle> {
    return this.createAsync('read model', this.functions.readModel, [core, model, model.length, null])
  }

  /** Compiles a model for the CPU. */
  compileModel(core: Handle, model: Handle, properties: Readonly<Record<string, string>>): Promise<Handle> {
    const pairs = Object.entries(properties).map(([key, value]) => ({key, value}))
    return this.createAsync('compile model', this.functions.compileModel, [core, model, 'CPU', pairs.length, pairs])
  }

  createRequest(compiled: Handle): Handle {
    return this.create('create request', out => this.functions.createRequest(compiled, out))
  }

  /** A tensor over `data`, an array or an address, which may be neither freed nor moved before the tensor is. */
  wrapTensor(type: ElementType, shape: readonly number[], data: ArrayBufferView | bigint): Handle {
    const dims = BigInt64Array.from(shape, BigInt)
    const described = {rank: dims.length, dims}
    return this.create('wrap tensor', out => this.functions.wrapTensor(ELEMENT_TYPE[type], described, data, out))
  }

  setTensor(request: Handle, name: string, tensor: Handle): void {
    this.check(this.functions.setTensor(request, name, tensor), `set tensor ${name}`)
  }

  /** Copies the bytes of a request's tensor, into `buffer` if it has as many, else into a new one. */
  copyTensor(request: Handle, name: string, buffer?: ArrayBuffer): ArrayBuffer {
    const tensor = this.create(`get tensor ${name}`, out => this.functions.getTensor(request, name, out))
    const size: [number] = [0]
    this.check(this.functions.tensorSize(tensor, size), `size of tensor ${name}`)
    const data = this.create(`data of tensor ${name}`, out => this.functions.tensorData(tensor, out))
    const count = Number(size[0])
    const copy = buffer?.byteLength === count ? buffer : new ArrayBuffer(count)
    this.functions.copyMemory(new Uint8Array(copy), data, count)
    this.free('tensor', tensor)
    return copy
  }

  async infer(request: Handle): Promise<void> {
    this.check(await callAsync(this.functions.infer, [request]), 'infer')
  }

  free(kind: ObjectKind, handle: Handle): void {
    this.functions.free[kind](handle)
  }

  /** Returns freed memory to the system: the C library would keep what compiling has freed, hundreds of megabytes. */
  trimMemory(): void {
    this.functions.trimMemory(0)
  }

  private create(action: string, call: (out: [Handle | null]) => number): Handle {
    const out: [Handle | null] = [null]
    this.check(call(out), action)
    return created(out, action)
  }

  private async createAsync(action: string, f: NativeFunction, args: readonly unknown[]): Promise<Handle> {
    const out: [Handle | null] = [null]
    this.check(await callAsync(f, [...args, out]), action)
    return created(out, action)
  }

  private check(status: number, action: string): void {
    if (status !== 0) throw new Error(`OpenVINO: ${action}: ${this.functions.lastError() || `status ${status}`}`)
  }
}

function created([handle]: [Handle | null], action: string): Handle {
  if (handle === null) throw new Error(`OpenVINO: ${action}: no object was returned`)
  return handle
}

/** Calls a function on another thread. */
function callAsync(f: NativeFunction, args: readonly unknown[]): Promise<number> {
  return new Promise((resolve, reject) => {
    f.async(...args, (error: unknown, status: number) => (error ? reject(error) : resolve(status)))
  })
}

type Parameter = Parameters<typeof koffi.out>[0] | ReturnType<typeof koffi.out>
type NativeFunction = ReturnType<LibraryHandle['func']>
type Functions = ReturnType<typeof bindFunctions>

function bindFunctions(library: LibraryHandle) {
  const created = koffi.out(koffi.pointer('void *'))
  const shape = koffi.struct({rank: 'int64', dims: 'int64 *'})
  const property = koffi.struct({key: 'const char *', value: 'const char *'})
  const status = (name: string, parameters: Parameter[]) => library.func(name, 'int', parameters)
  const free = (kind: ObjectKind) => library.func(`ov_${kind}_free`, 'void', ['void *'])
  const libc = koffi.load('libc.so.6')
  return {
    lastError: library.func('ov_get_last_err_msg', 'str', []),
    createCore: status('ov_core_create', [created]),
    property: status('ov_core_get_property', ['void *', 'str', 'str', koffi.out(koffi.pointer('str'))]),
    readModel: status('ov_core_read_model_from_memory_buffer', ['void *', 'const void *', 'size_t', 'void *', created]),
    compileModel: status('ov_core_compile_model_props', [
      'void *',
      'void *',
      'str',
      'size_t',
      koffi.pointer(property),
      created,
    ]),
    createRequest: status('ov_compiled_model_create_infer_request', ['void *', created]),
    wrapTensor: status('ov_tensor_create_from_host_ptr', ['int', shape, 'void *', created]),
    tensorSize: status('ov_tensor_get_byte_size', ['void *', koffi.out(koffi.pointer('size_t'))]),
    tensorData: status('ov_tensor_data', ['void *', created]),
    setTensor: status('ov_infer_request_set_tensor', ['void *', 'str', 'void *']),
    getTensor: status('ov_infer_request_get_tensor', ['void *', 'str', created]),
    copyMemory: libc.func('memcpy', 'void *', ['void *', 'const void *', 'size_t']),
    trimMemory: libc.func('malloc_trim', 'int', ['size_t']),
    infer: status('ov_infer_request_infer', ['void *']),
    free: {
      core: free('core'),
      model: free('model'),
      compiled_model: free('compiled_model'),
      infer_request: free('infer_request'),
      tensor: free('tensor'),
    },
  }
}
