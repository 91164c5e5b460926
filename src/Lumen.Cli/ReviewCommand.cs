using System.CommandLine;
using System.Text.Json;
using System.Text.Json.Nodes;
using Lumen.Augmentation;

namespace Lumen.Cli;

/// <summary><c>lumen review</c>: accepts and rejects new pictures of an augmented data set by hand.</summary>
internal static class ReviewCommand
{
    private static readonly JsonSerializerOptions Indented = new() { WriteIndented = true };

    private const string Description = """
        Accept or reject new pictures of an augmented data set by hand, or list what was decided.

        A rejected picture is used by nothing any more: it leaves the lists, and its files are moved to lumen/rejected below DIR, from where --accept brings them back. Every verdict is recorded in lumen/review.jsonl, which lumen verify checks; the same lumen augment does not make a rejected picture again. Without --accept and --reject the pictures are listed.
        """;

    public static Command Build(Terminal terminal, CancellationToken stop)
    {
        var folder = new Argument<string>("DIR") { Description = "Folder that lumen augment wrote." };
        var accept = Flag.Text("--accept", "NAME,NAME", "Pictures to accept, by their names below DIR.");
        var reject = Flag.Text("--reject", "NAME,NAME", "Pictures to reject.");
        var below = Flag.Number("--reject-below", "Reject all that keep their layout less than this agreement, -1 to 1.");
        var reason = Flag.Text("--reason", "TEXT", "Why; it is recorded with the verdict.");
        var json = Flag.Switch("--json", "Print the list as JSON.");
        var command = new Command("review", Description) { folder, accept, reject, below, reason, json };
        command.SetAction(parsed =>
        {
            var (place, why) = (parsed.GetValue(folder)!, parsed.GetValue(reason));
            var (accepted, rejected) = (Names(parsed.GetValue(accept)), Names(parsed.GetValue(reject)));
            if (parsed.GetValue(below) is { } least)
                rejected =
                [
                    .. rejected,
                    .. AugmentationReview.Read(place).Where(item => item.Entry.Agreement < least).Select(item => item.Name),
                ];
            if (accepted.Intersect(rejected, StringComparer.Ordinal).FirstOrDefault() is { } both)
                throw new LumenException($"{both} is to be accepted and to be rejected. Leave it out of --accept or of --reject.");
            stop.ThrowIfCancellationRequested();
            if (accepted.Count + rejected.Count > 0 || parsed.GetValue(below) is not null)
            {
                using var review = AugmentationReview.Open(place);
                review.Decide(accepted, ReviewVerdict.Accepted, why);
                review.Decide(rejected, ReviewVerdict.Rejected, why);
            }
            Report(terminal, AugmentationReview.Read(place), parsed.GetValue(json));
            return 0;
        });
        return command;
    }

    private static void Report(Terminal terminal, IReadOnlyList<ReviewItem> items, bool asJson)
    {
        if (asJson)
        {
            terminal.Line(
                new JsonArray([
                    .. items.Select(item =>
                        (JsonNode)
                            new JsonObject
                            {
                                ["item"] = item.Name,
                                ["verdict"] = item.Verdict?.ToString().ToLowerInvariant(),
                                ["reason"] = item.Reason,
                                ["agreement"] = Math.Round(item.Entry.Agreement, 4),
                                ["prompt"] = item.Entry.Prompt,
                            }
                    ),
                ]).ToJsonString(Indented)
            );
            return;
        }
        foreach (var item in items)
        {
            var (verdict, reason) = (item.Verdict?.ToString().ToLowerInvariant() ?? "-", item.Reason is { } why ? $"  ({why})" : "");
            terminal.Line(
                VisibleText.OneLine(FormattableString.Invariant($"{verdict, -9} {item.Entry.Agreement, 6:0.000}  {item.Name}{reason}"))
            );
        }
        var (accepted, rejected) = (Count(ReviewVerdict.Accepted), Count(ReviewVerdict.Rejected));
        terminal.Note($"{items.Count} new pictures, {accepted} accepted, {rejected} rejected by hand");

        int Count(ReviewVerdict verdict) => items.Count(item => item.Verdict == verdict);
    }

    private static List<string> Names(string? text) =>
        [.. (text ?? "").Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries)];
}
