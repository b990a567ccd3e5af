/**
 * The name of the virtio-serial port that is the agent's channel: the hypervisor gives it to the port, the guest finds the
 * port by it.
 */
export const PORT_NAME = "kernlane.probe";
