/**
 * The guest of every stand-in hypervisor: it obeys the lines that are typed at its console, and gives back what comes
 * on its channel.
 *
 *     echo N      the next N bytes come back as they are          burst N      prints N bytes, 0 1 2 … 255 0 1 …
 *     power-off, reset, halt, crash, fail, abort                  ends the machine in that way
 *     burst-and-off N                                             prints N bytes and powers off at once
 */
export function openGuest({ console, end }) {
  let rest = Buffer.alloc(0);
  let toEcho = 0;

  function take(chunk) {
    rest = Buffer.concat([rest, chunk]);
    for (;;) {
      if (toEcho > 0) {
        const bytes = rest.subarray(0, toEcho);
        if (bytes.length === 0) return;
        toEcho -= bytes.length;
        rest = rest.subarray(bytes.length);
        console.write(bytes);
        continue;
      }
      const newline = rest.indexOf(10);
      if (newline < 0) return;
      const line = rest.subarray(0, newline).toString();
      rest = rest.subarray(newline + 1);
      obey(line);
    }
  }

  function obey(line) {
    const [word, count] = line.split(" ");
    if (word === "echo") toEcho = Number(count);
    else if (word === "burst") console.write(pattern(Number(count)));
    else if (word === "burst-and-off") {
      console.write(pattern(Number(count)), () => end("power-off"));
    } else end(word);
  }

  return {
    boot() {
      console.on("data", take);
      console.write("the guest is up\n");
    },
    nmi: () => console.write("NMI received\n"),
    powerButton: () => console.write("power button pressed\n", () => end("power-off")),
    serve(channel) {
      channel.write("the channel is open\n");
      channel.on("data", (chunk) => channel.write(chunk));
    },
  };
}

function pattern(length) {
  return Buffer.alloc(
    length,
    Uint8Array.from({ length: 256 }, (_, index) => index),
  );
}
