using Lumen.Generation;

namespace Lumen.Studio.Jobs;

/// <summary>A picture of a job: its prompt, how it is made, and the adapter's name; null for the model's own.</summary>
internal sealed record JobCell(string Prompt, GenerationOptions Options, string? Adapter = null);

/// <summary>The cells of a grid: what its rows and columns set.</summary>
internal static class GridCells
{
    private const string Prompt = "prompt",
        Adapter = "adapter";

    /// <summary>What rows and columns can vary.</summary>
    public static IReadOnlyCollection<string> Names { get; } = [Prompt, Adapter, .. GenerationDials.Names];

    /// <summary>The cells of a request sheet by sheet, row by row; one where it is no grid.</summary>
    /// <exception cref="LumenException">
    /// An axis names no dial or that of another axis, has no values, or one that the dial does not take.
    /// </exception>
    public static IReadOnlyList<JobCell> Of(JobRequest request)
    {
        var options = request.Kind == JobKind.Grid ? request.Options with { Count = 1 } : request.Options;
        var twice = new[] { request.X, request.Y, request.Z }
            .OfType<GridAxis>()
            .CountBy(axis => axis.Dial)
            .FirstOrDefault(dial => dial.Value > 1);
        if (twice.Key is { } dial)
            throw new LumenException(
                LumenErrorKind.Option,
                $"Two axes of the grid vary {dial}, so one would undo the other. Let each vary another dial."
            );
        var start = new JobCell(request.Prompt, options, request.Adapter);
        return [.. Along(request.Z, start).SelectMany(sheet => Along(request.Y, sheet)).SelectMany(row => Along(request.X, row))];
    }

    private static IEnumerable<JobCell> Along(GridAxis? axis, JobCell cell)
    {
        if (axis is null)
            return [cell];
        if (!Names.Contains(axis.Dial))
            throw new LumenException(
                LumenErrorKind.Option,
                $"A grid can vary {string.Join(", ", Names)}, but \"{axis.Dial}\" was asked for."
            );
        if (axis.Values is not { Count: > 0 })
            throw new LumenException(LumenErrorKind.Option, $"The axis {axis.Dial} of the grid has no values. Give it two or more.");
        return axis.Values.Select(value => Set(cell, axis.Dial, value.Trim()));
    }

    private static JobCell Set(JobCell cell, string dial, string text) =>
        dial switch
        {
            Prompt => cell with { Prompt = text },
            Adapter => cell with { Adapter = text },
            _ => cell with { Options = GenerationDials.Set(cell.Options, dial, text) },
        };
}
