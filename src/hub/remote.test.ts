import {expect, test} from 'vitest'
import {openTrial} from '../../test/servers/hub-cache.ts'

test('if the hub cannot be reached, the message names the alternatives', async () => {
  const {fetch} = await openTrial()
  await expect(fetch({settings: {endpoint: 'http://127.0.0.1:9'}})).rejects.toThrow(
    /connection refused .* HF_HUB_OFFLINE=1 .* HF_ENDPOINT .* in the recipe$/,
  )
})
