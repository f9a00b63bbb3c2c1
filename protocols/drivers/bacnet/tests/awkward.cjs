// A device of another kind, built on @bacnet-js/client: no ReadPropertyMultiple, no COV, no segmentation, one property at a time.
// Prints its port when it answers. The first argument is the folder that holds node_modules.
const { createRequire } = require('node:module')
const dgram = require('node:dgram')
const path = require('node:path')
const bacnet = createRequire(path.join(process.argv[2], 'x.js'))('@bacnet-js/client')

const Tag = bacnet.ApplicationTag
const DEVICE = '8,77'
const id = (type, instance) => ({ type: Tag.OBJECTIDENTIFIER, value: { type, instance } })
const text = (value) => ({ type: Tag.CHARACTER_STRING, value })
const objects = {
  [DEVICE]: {
    75: [id(8, 77)], 77: [text('Boiler')], 121: [text('Awkward')], 112: [{ type: Tag.ENUMERATED, value: 0 }],
    155: [{ type: Tag.UNSIGNED_INTEGER, value: 1 }], 62: [{ type: Tag.UNSIGNED_INTEGER, value: 206 }],
  },
}
for (let n = 1; n <= 12; n++) {
  objects[`0,${n}`] = {
    77: [text(`Water ${n}`)], 85: [{ type: Tag.REAL, value: 50 + n }], 117: [{ type: Tag.ENUMERATED, value: 62 }],
    111: [{ type: Tag.BIT_STRING, value: { bitsUsed: 4, value: [n === 3 ? 0b10 : 0] } }],
  }
}
const list = Object.keys(objects).map((key) => id(...key.split(',').map(Number)))

const probe = dgram.createSocket('udp4')
probe.bind(0, '127.0.0.1', () => {
  const port = probe.address().port
  probe.close(() => {
    const client = new bacnet.default({ port, interface: '127.0.0.1', reuseAddr: false })
    client.on('readProperty', ({ header, invokeId, service, payload }) => {
      const { objectId, property } = payload
      const anybody = objectId.type === 8 && objectId.instance === 4194303
      const known = objects[anybody ? DEVICE : `${objectId.type},${objectId.instance}`]
      let value = known && known[property.id]
      if (property.id === 76 && known) {
        if (property.index === 4294967295) { // the whole list does not fit, and it cannot segment: abort-segmentation-not-supported
          client.errorResponse({ ...header.sender }, service, invokeId, 5, 54)
          return
        }
        value = property.index === 0 ? [{ type: Tag.UNSIGNED_INTEGER, value: list.length }] : [list[property.index - 1]]
      }
      const to = { ...header.sender }
      if (value) client.readPropertyResponse(to, invokeId, anybody ? { type: 8, instance: 77 } : objectId, property, value)
      else client.errorResponse(to, service, invokeId, 2, 32)
    })
    client.on('listening', () => console.log(port))
  })
})
