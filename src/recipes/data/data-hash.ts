import {hashFile} from '../../base/read-file.ts'
import {sha256} from '../../base/sha256.ts'
import {findShards} from '../../data/shards.ts'

/** The sha256 of a data file; of data in several files, the sha256 of their hashes. */
export async function hashData(path: string): Promise<string> {
  const hashes: string[] = []
  for (const file of await findShards(path)) hashes.push(await hashFile(file))
  return hashes.length === 1 ? hashes[0] : sha256(hashes.join('\n'))
}
