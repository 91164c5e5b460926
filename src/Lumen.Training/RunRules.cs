namespace Lumen.Training;

/// <summary>
/// What may differ between a checkpoint and the run that continues from it; docs/formats.md lists the same. Everything else is refused by
/// name.
/// </summary>
internal static class RunRules
{
    /// <summary>Entries that change no weight up to the checkpoint, or are compared by content instead.</summary>
    private static readonly string[] Free =
    [
        "training.max_train_steps",
        "training.checkpointing_steps",
        "training.checkpoints_total_limit",
        "training.validation_steps",
        "data.folder",
        "layout.pairs.folder",
        "initialise_from", // what is there is compared, not where it is
    ];

    /// <summary>
    /// Entries that make it another run, but one that may be wanted: they must be named. Those that end in a dot are sections.
    /// </summary>
    private static readonly string[] Asked =
    [
        "training.optimizer.",
        "training.train_batch_size",
        "training.gradient_accumulation_steps",
        "training.gradient_checkpointing", // rounds differently
        "training.snr_gamma",
        "proportion_empty_prompts",
        "layout.photometric",
        "layout.full_layouts",
        "layout.pairs.share",
        "layout.pairs.min_agreement", // which pairs there are is compared
        "perception.augmentation.",
        "perception.weights.",
        "data.",
        RunEntries.Pictures,
        RunEntries.HeldOut,
        RunEntries.Pairs,
        RunEntries.Compute,
        RunEntries.Device,
    ];

    // What an older record does not have was what holds without an entry.
    private static readonly Lazy<RunRecord> Usual = new(() => RunEntries.Of(new Recipe { Kind = "" }));

    /// <summary>Refuses to continue with another run, naming every difference.</summary>
    /// <param name="checkpoint">The checkpoint.</param>
    /// <param name="run">What the run depends on.</param>
    /// <param name="allowed">Entries that may differ since the user says so.</param>
    /// <returns>The differences that are allowed, in words.</returns>
    /// <exception cref="LumenException">There are others, or something is allowed that never may be.</exception>
    public static IReadOnlyList<string> Require(TrainingCheckpoint checkpoint, RunRecord run, IReadOnlyList<string> allowed)
    {
        foreach (var entry in allowed.Where(entry => !IsIn(Asked, entry) && !IsIn(Free, entry)))
            throw new LumenException(
                $"{entry} cannot be changed on the way: the weights mean something else with another value, or there is no such "
                    + $"entry. What can be changed is {string.Join(", ", Asked.Select(one => one.EndsWith('.') ? one + "*" : one))}."
            );
        if (checkpoint.Record is not { } record)
            return [];
        var differences = record
            .Entries.Keys.Union(run.Entries.Keys)
            .Order(StringComparer.Ordinal)
            .Select(entry => (Entry: entry, Was: record[entry] ?? (run[entry] == Usual.Value[entry] ? run[entry] : null), Is: run[entry]))
            .Where(one => one.Was != one.Is)
            .ToList();
        var refused = differences.Where(one => !IsIn(Free, one.Entry) && !IsIn(allowed, one.Entry)).ToList();
        if (refused.Count == 0)
            return
            [
                .. differences
                    .Where(one => one.Entry is not ("data.folder" or "layout.pairs.folder" or "initialise_from"))
                    .Select(one => $"{one.Entry} was {Shown(one.Was)} up to {checkpoint.Name} and is {Shown(one.Is)} from here on"),
            ];
        var changeable = refused.Where(one => IsIn(Asked, one.Entry)).Select(one => one.Entry).ToList();
        var onPurpose =
            changeable.Count == 0 || changeable.Count < refused.Count
                ? ""
                : $" To change this on purpose, add `AllowChange` {string.Join(",", changeable)}.";
        throw new LumenException(
            $"{checkpoint.Folder} belongs to another run:{Environment.NewLine}"
                + string.Concat(
                    refused.Select(one => $"  {one.Entry} is {Shown(one.Was)} there, and {Shown(one.Is)} here.{Environment.NewLine}")
                )
                + "Continue with the recipe, flags, pictures and models that it was made with, or start a new run in another output "
                + $"folder.{onPurpose}"
        );
    }

    private static bool IsIn(IReadOnlyList<string> rules, string entry) =>
        entry != "data.resolution"
        && rules.Any(rule => rule == entry || (rule.EndsWith('.') && entry.StartsWith(rule, StringComparison.Ordinal)));

    private static string Shown(string? value) =>
        value is null ? "nothing"
        : value.Length <= 120 ? value
        : value[..117] + "...";
}
