import {stderr} from 'node:process'
import {groupBy, sum} from '../../src/base/collections.ts'
import {koffi} from '../../src/base/native/koffi.ts'
import {type Handle, OpenVino} from '../../src/engine/openvino/c-api.ts'
import {requireOpenVino} from '../../src/engine/openvino/library.ts'

/** A node of a compiled graph. */
interface NodeTime {
  readonly name: string
  readonly type: string
  /** The implementation, such as `brgemm_avx512_bf16`. */
  readonly executor: string
  /** The mean over all runs. */
  readonly milliseconds: number
}

/**
 * Lets OpenVINO time every node of the programs that are compiled from now on, which slows them a little. The function that
 * is returned prints the `lines` kinds of nodes, and the single nodes, that take most of the time of the program that ran last.
 */
export function profileOpenVino(lines: number): () => void {
  const {library} = requireOpenVino()
  const {compileModel, infer} = OpenVino.prototype
  let last: Handle | undefined
  OpenVino.prototype.compileModel = function (core, model, properties) {
    return compileModel.call(this, core, model, {...properties, PERF_COUNT: 'YES'})
  }
  OpenVino.prototype.infer = async function (request) {
    await infer.call(this, request)
    last = request
  }
  return () => {
    if (last !== undefined) stderr.write(table(readTimes(library, last), lines))
  }
}

function readTimes(library: string, request: Handle): NodeTime[] {
  const info = koffi.struct({
    status: 'int',
    realTime: 'int64', // microseconds
    cpuTime: 'int64',
    name: 'const char *',
    executor: 'const char *',
    type: 'const char *',
  })
  const list = koffi.struct({infos: 'void *', size: 'size_t'})
  const read = koffi
    .load(library)
    .func('ov_infer_request_get_profiling_info', 'int', ['void *', koffi.out(koffi.pointer(list))])
  const found = {} as {infos: bigint; size: number}
  const status = read(request, found)
  if (status !== 0) throw new Error(`OpenVINO: profiling info: status ${status}`)
  const nodes = koffi.decode(found.infos, koffi.array(info, found.size)) as (NodeTime & {realTime: number})[]
  return nodes.map(({name, type, executor, realTime}) => ({
    name,
    type,
    executor,
    milliseconds: Number(realTime) / 1000,
  }))
}

function table(nodes: readonly NodeTime[], lines: number): string {
  const total = sum(nodes.map(({milliseconds}) => milliseconds))
  const kinds = groupBy(nodes, ({type, executor}) => `${type}  ${executor}`)
  const sums = [...kinds].map(([kind, members]) => ({
    name: `${kind}, ${members.length} nodes`,
    milliseconds: sum(members.map(({milliseconds}) => milliseconds)),
  }))
  const format = (entries: readonly Pick<NodeTime, 'name' | 'milliseconds'>[]) =>
    entries
      .toSorted((a, b) => b.milliseconds - a.milliseconds)
      .slice(0, lines)
      .map(({name, milliseconds}) => {
        const share = (100 * milliseconds) / total
        return `${milliseconds.toFixed(1).padStart(9)} ms ${share.toFixed(1).padStart(5)} %  ${name}\n`
      })
      .join('')
  const named = nodes.map(({name, type, milliseconds}) => ({name: `${type} ${name}`, milliseconds}))
  return `${total.toFixed(1)} ms in ${nodes.length} nodes, by kind:\n${format(sums)}by node:\n${format(named)}`
}
