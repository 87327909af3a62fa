// In the place of the package debug, in the bundle: its function costs 30 ns a call, though nobody listens. Our own logger tells what matters.
module.exports = () => () => {};
