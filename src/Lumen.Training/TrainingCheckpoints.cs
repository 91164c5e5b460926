using System.Globalization;

namespace Lumen.Training;

/// <summary>
/// The <c>checkpoint-STEP</c> folders of a run: written whole or not at all, the oldest removed beyond the limit. They are one line of
/// training: where a run continues from an older one, the later ones are renamed <c>retired-checkpoint-STEP</c>.
/// </summary>
/// <param name="Output">The run's folder.</param>
public sealed record TrainingCheckpoints(string Output)
{
    private const string Prefix = TrainingCheckpoint.Prefix;

    /// <summary>Steps of the checkpoints that are there, ascending.</summary>
    public IReadOnlyList<long> Steps =>
        !Directory.Exists(Output)
            ? []
            :
            [
                .. Directory
                    .EnumerateDirectories(Output, Prefix + "*")
                    .Where(folder => File.Exists(Path.Combine(folder, TrainingCheckpoint.State)))
                    .Select(folder => StepOf(Path.GetFileName(folder)[Prefix.Length..]))
                    .Where(step => step >= 0)
                    .Order(),
            ];

    /// <summary>
    /// Writes the state after its last step, and what the task keeps beside it. What is saved is the newest from then on.
    /// </summary>
    /// <returns>The checkpoint's folder.</returns>
    public string Save(MasterWeights store, int limit, ITrainingTask? task = null)
    {
        var folder = FolderOf(store.Step);
        foreach (var left in Directory.Exists(Output) ? Directory.GetDirectories(Output, $".{Prefix}*") : [])
            Directory.Delete(left, recursive: true); // of a run that was killed
        // The same step again is written file by file into its folder, so that a kill leaves the old one.
        var isNew = !File.Exists(Path.Combine(folder, TrainingCheckpoint.State));
        var writing = isNew ? Path.Combine(Output, $".{Path.GetFileName(folder)}.new") : folder;
        try
        {
            task?.SaveBeside(writing); // first: the state makes it a checkpoint
            store.Save(
                Path.Combine(writing, TrainingCheckpoint.State),
                task?.Record is { } record ? new Dictionary<string, string> { [RunRecord.Key] = record.ToJson() } : null
            );
            if (isNew && Directory.Exists(folder))
                Remove(folder); // it has no state
            if (isNew)
                Directory.Move(writing, folder);
        }
        catch when (isNew && Directory.Exists(writing))
        {
            Directory.Delete(writing, recursive: true);
            throw;
        }
        Retire(store.Step);
        foreach (var old in Steps.SkipLast(limit))
            Remove(FolderOf(old));
        return folder;
    }

    /// <summary>Finds <c>latest</c>, or the checkpoint of a given step or folder name, and looks it through.</summary>
    /// <exception cref="LumenException">There is no such checkpoint, or it is damaged: then a sound one is named.</exception>
    internal TrainingCheckpoint Find(string which, long lastStep)
    {
        var steps = Steps;
        var name = Path.GetFileName(Path.TrimEndingDirectorySeparator(which));
        var wanted =
            name == "latest"
                ? steps.LastOrDefault(-1)
                : StepOf(name.StartsWith(Prefix, StringComparison.Ordinal) ? name[Prefix.Length..] : name);
        if (
            !steps.Contains(wanted)
            || (name != which.TrimEnd('/') && Path.GetFullPath(which).TrimEnd('/') != Path.GetFullPath(FolderOf(wanted)))
        )
        {
            var there = steps.Count == 0 ? "there are none" : $"there are {string.Join(", ", steps.Select(s => Prefix + s))}";
            if (Unfinished() is { Count: > 0 } unfinished)
                there += $" ({string.Join(", ", unfinished)}: without {TrainingCheckpoint.State}, so of no use)";
            throw new LumenException(
                $"{Output} has no checkpoint \"{which}\" to resume from: {there}. Leave out `ResumeFromCheckpoint` to start afresh."
            );
        }
        try
        {
            var found = TrainingCheckpoint.Open(FolderOf(wanted));
            if (wanted > lastStep)
                throw new LumenException($"{found.Path} was made at step {wanted}, but the run ends at step {lastStep} (max_train_steps).");
            return found;
        }
        catch (LumenException fault)
        {
            throw new LumenException($"{fault.Message} {Advice(Math.Min(lastStep, wanted - 1), lastStep)}", fault);
        }
    }

    /// <summary>The newest sound checkpoint up to a step; null if there is none.</summary>
    internal string? Sound(long most)
    {
        foreach (var step in Steps.Where(step => step <= most).Reverse())
        {
            try
            {
                return TrainingCheckpoint.Open(FolderOf(step)).Folder;
            }
            catch (LumenException)
            {
                // An older one may do.
            }
        }
        return null;
    }

    /// <summary>Renames the checkpoints after a step: they belong to a line of training that is left here.</summary>
    /// <returns>Their new names.</returns>
    internal IReadOnlyList<string> Retire(long after)
    {
        var names = new List<string>();
        foreach (var step in Steps.Where(step => step > after))
        {
            var name = $"retired-{Prefix}{step}";
            for (var number = 2; Path.Exists(Path.Combine(Output, name)); number++)
                name = $"retired-{Prefix}{step}-{number}";
            Directory.Move(FolderOf(step), Path.Combine(Output, name));
            names.Add(name);
        }
        return names;
    }

    private string Advice(long older, long lastStep) =>
        Sound(older) is { } sound ? $"{sound} is sound: resume from that one."
        : Sound(lastStep) is { } later ? $"{later} is sound: resume from that one."
        : $"No checkpoint in {Output} is sound; start afresh in another folder.";

    private string FolderOf(long step) => Path.Combine(Output, $"{Prefix}{step.ToString(CultureInfo.InvariantCulture)}");

    private List<string> Unfinished() =>
        !Directory.Exists(Output)
            ? []
            :
            [
                .. Directory
                    .EnumerateDirectories(Output, Prefix + "*")
                    .Where(folder => !File.Exists(Path.Combine(folder, TrainingCheckpoint.State)))
                    .Select(folder => Path.GetFileName(folder))
                    .Order(StringComparer.Ordinal),
            ];

    // Only as it is written here: checkpoint-007 is none of ours.
    private static long StepOf(string text) =>
        long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var step)
        && step.ToString(CultureInfo.InvariantCulture) == text
            ? step
            : -1;

    // A kill in the middle leaves no checkpoint that lacks a part.
    private void Remove(string folder)
    {
        var doomed = Path.Combine(Output, $".{Path.GetFileName(folder)}.removed");
        if (Directory.Exists(doomed))
            Directory.Delete(doomed, recursive: true);
        Directory.Move(folder, doomed);
        Directory.Delete(doomed, recursive: true);
    }
}
