// A meter of another kind, built on modbus-serial: exactly the registers it is given, exception 2 for any other.
// Arguments: the folder that holds node_modules, and the registers as JSON. Prints its port when it answers.
const { createRequire } = require('node:module')
const path = require('node:path')
const modbus = createRequire(path.join(process.argv[2], 'x.js'))('modbus-serial')

const registers = JSON.parse(process.argv[3])
function read(address, unit, done) {
  const value = registers[address]
  done(value === undefined ? { modbusErrorCode: 2 } : null, value)
}
const server = new modbus.ServerTCP(
  { getInputRegister: read, getHoldingRegister: read },
  { host: '127.0.0.1', port: 0, unitID: 255 },
)
server.on('initialized', () => console.log(server._server.address().port))
server.on('socketError', () => {})
