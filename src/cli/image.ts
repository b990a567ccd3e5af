/**
 * `kernlane image`: official FreeBSD images in the cache. Progress goes to stderr and the image's path to stdout, so that
 * `IMG=$(kernlane image fetch …)` holds a path and no more.
 */
import { Command } from "commander";

const NAME_FORM =
  "such as freebsd-15.0-release; -stable, -current and the endings -ci, -ufs, -zfs exist too";

export function imageCommand(): Command {
  return new Command("image")
    .description("fetch official FreeBSD images into the cache, and manage what is there")
    .addCommand(fetchCommand())
    .addCommand(listCommand())
    .addCommand(verifyCommand())
    .addCommand(removeCommand());
}

function fetchCommand(): Command {
  return new Command("fetch")
    .description(
      "download and unpack an image, unless it is here already, and print its path; after an interruption it resumes where it stopped",
    )
    .argument("<name>", NAME_FORM)
    .option(
      "--base-url <url>",
      "a mirror's root, below which releases/ lies (default: the FreeBSD project's)",
    )
    .action(async (name: string, flags: { readonly baseUrl?: string }) => {
      const { fetchAndTell } = await import("./image-actions.js");
      await fetchAndTell(name, flags.baseUrl);
    });
}

function listCommand(): Command {
  return new Command("list")
    .description("list the images in the cache, and downloads that were begun")
    .option("--json", "print one JSON document on stdout")
    .action(async (flags: { readonly json?: boolean }) => {
      const { tellImages } = await import("./image-actions.js");
      tellImages(flags.json === true);
    });
}

function verifyCommand(): Command {
  return new Command("verify")
    .description("read a whole image and compare it with what was fetched")
    .argument("<name>", "an image in the cache")
    .action(async (name: string) => {
      const { verifyAndTell } = await import("./image-actions.js");
      await verifyAndTell(name);
    });
}

function removeCommand(): Command {
  return new Command("rm")
    .description("remove an image from the cache, or a download that was begun")
    .argument("<name>", "an image in the cache")
    .action(async (name: string) => {
      const { removeAndTell } = await import("./image-actions.js");
      await removeAndTell(name);
    });
}
