using System.Globalization;
using Lumen.Core;

namespace Lumen.Training;

/// <summary>The <c>checkpoint-STEP</c> folders of a run: written whole or not at all, the oldest removed beyond the limit.</summary>
/// <param name="Output">The run's folder.</param>
public sealed record TrainingCheckpoints(string Output)
{
    private const string Prefix = "checkpoint-";
    private const string State = "training_state.safetensors";

    /// <summary>Steps of the checkpoints that are there, ascending.</summary>
    public IReadOnlyList<long> Steps => !Directory.Exists(Output) ? [] :
    [
        .. Directory.EnumerateDirectories(Output, Prefix + "*")
            .Where(folder => File.Exists(Path.Combine(folder, State)))
            .Select(folder => long.TryParse(Path.GetFileName(folder)[Prefix.Length..], NumberStyles.None, CultureInfo.InvariantCulture, out var step) ? step : -1)
            .Where(step => step >= 0).Order(),
    ];

    /// <summary>Writes the state after its last step.</summary>
    public string Save(ParameterStore store, int limit)
    {
        var folder = Path.Combine(Output, $"{Prefix}{store.Step}");
        store.Save(Path.Combine(folder, State));
        foreach (var old in Steps.SkipLast(limit)) Directory.Delete(Path.Combine(Output, $"{Prefix}{old}"), recursive: true);
        return folder;
    }

    /// <summary>Takes up <c>latest</c>, or the checkpoint of a given step or folder name.</summary>
    /// <returns>The step it was at.</returns>
    /// <exception cref="LumenException">There is no such checkpoint.</exception>
    public long Resume(ParameterStore store, string which)
    {
        var steps = Steps;
        var text = which.StartsWith(Prefix, StringComparison.Ordinal) ? which[Prefix.Length..] : which;
        var wanted = text == "latest" ? steps.LastOrDefault(-1) : long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var step) ? step : -1;
        if (!steps.Contains(wanted))
        {
            var there = steps.Count == 0 ? "there are none" : $"there are {string.Join(", ", steps.Select(s => Prefix + s))}";
            throw new LumenException($"{Output} has no checkpoint \"{which}\" to resume from: {there}. Leave out --resume-from-checkpoint to start afresh.");
        }
        store.Load(Path.Combine(Output, $"{Prefix}{wanted}", State));
        return wanted;
    }
}
