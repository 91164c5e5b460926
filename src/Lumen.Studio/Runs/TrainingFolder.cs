using System.Globalization;
using System.Text;
using System.Text.Json;
using Lumen.Files;
using Lumen.Studio.Jobs;
using Lumen.Training;

namespace Lumen.Studio.Runs;

/// <summary>
/// The trainings of a gallery: a folder each, <c>trainings/NAME</c> with <c>run.json</c>, <c>recipe.json</c> as <c>lumen train adapter</c>
/// takes it, <c>progress.jsonl</c>, checkpoints, <c>previews</c>, and at the end <c>controlnet</c>.
/// </summary>
/// <param name="root">The folder; made with the first training.</param>
internal sealed class TrainingFolder(string root)
{
    private const string State = "run.json",
        Curve = "progress.jsonl",
        Recipe = "recipe.json",
        Result = "controlnet";
    private const int MostRuns = 200;
    private static readonly JsonSerializerOptions Readable = new(JobRequest.Json) { WriteIndented = true, NewLine = "\n" };

    /// <summary>The folder.</summary>
    public string Root => root;

    /// <summary>Pictures, latents and layouts that trainings share.</summary>
    public string Cache => Path.Combine(root, ".cache");

    /// <summary>Folder of a training, which nobody else can name.</summary>
    public string PathOf(string name) =>
        TrainingForm.IsName(name) && Inside(Path.Combine(root, name)) is { } path
            ? path
            : throw new LumenException(LumenErrorKind.File, "This is no name of a training.");

    /// <summary>The trainings that are there, the newest first; what was being worked at when the studio ended is marked.</summary>
    public IReadOnlyList<TrainingRun> Read()
    {
        if (!Directory.Exists(root))
            return [];
        var runs = new List<TrainingRun>();
        foreach (var folder in Directory.EnumerateDirectories(root).Where(path => TrainingForm.IsName(Path.GetFileName(path))))
            if (TryRead(folder) is { } run)
                runs.Add(run);
        return [.. runs.OrderByDescending(run => run.Created).Take(MostRuns)];
    }

    /// <summary>Writes how a training stands.</summary>
    public void Write(TrainingRun run) =>
        AtomicFile.Write(
            Path.Combine(PathOf(run.Name), State),
            Encoding.UTF8.GetBytes(JsonSerializer.Serialize(run with { Note = null }, Readable) + "\n")
        );

    /// <summary>Makes the folder of a new training.</summary>
    public void Create(TrainingRun run)
    {
        Directory.CreateDirectory(PathOf(run.Name));
        Write(run);
    }

    /// <summary>Writes the recipe of a training beside it.</summary>
    public void Write(string name, Recipe recipe) =>
        AtomicFile.Write(Path.Combine(PathOf(name), Recipe), Encoding.UTF8.GetBytes(recipe.ToJson() + "\n"));

    /// <summary>Appends a point of the curve.</summary>
    public void Append(string name, TrainingPoint point) =>
        File.AppendAllText(Path.Combine(PathOf(name), Curve), JsonSerializer.Serialize(point, JobRequest.Json) + "\n");

    /// <summary>Writes the curve anew, such as after a return to an older checkpoint.</summary>
    public void WriteCurve(string name, IEnumerable<TrainingPoint> points) =>
        AtomicFile.Write(
            Path.Combine(PathOf(name), Curve),
            Encoding.UTF8.GetBytes(string.Concat(points.Select(point => JsonSerializer.Serialize(point, JobRequest.Json) + "\n")))
        );

    /// <summary>Deletes a training with its checkpoints.</summary>
    public void Delete(string name) => Directory.Delete(PathOf(name), recursive: true);

    /// <summary>Steps of the previews that are there, ascending.</summary>
    public IReadOnlyList<long> Previews(string name)
    {
        var folder = Path.Combine(PathOf(name), "previews");
        return Directory.Exists(folder)
            ?
            [
                .. Directory
                    .EnumerateFiles(folder, "*.png")
                    .Select(file =>
                        long.TryParse(Path.GetFileNameWithoutExtension(file), CultureInfo.InvariantCulture, out var step) ? step : -1
                    )
                    .Where(step => step >= 0)
                    .Order(),
            ]
            : [];
    }

    /// <summary>A preview, or null.</summary>
    public string? Preview(string name, long step) =>
        Inside(Path.Combine(PathOf(name), "previews", string.Create(CultureInfo.InvariantCulture, $"{step:000000}.png"))) is { } path
        && File.Exists(path)
            ? path
            : null;

    /// <summary>The finished adapters, by the names of their trainings.</summary>
    public IEnumerable<(string Name, string Path)> Adapters()
    {
        if (!Directory.Exists(root))
            yield break;
        foreach (var folder in Directory.EnumerateDirectories(root).Order(StringComparer.Ordinal))
            if (
                TrainingForm.IsName(Path.GetFileName(folder))
                && Inside(Path.Combine(folder, Result)) is { } adapter
                && Directory.Exists(adapter)
            )
                yield return (Path.GetFileName(folder), adapter);
    }

    private TrainingRun? TryRead(string folder)
    {
        try
        {
            if (Inside(Path.Combine(folder, State)) is not { } file || !File.Exists(file))
                return null;
            var run = JsonFile.Read(file).As<TrainingRun>(Readable);
            if (run.Name != Path.GetFileName(folder))
                return null;
            var read = run with { Points = [.. ReadCurve(folder)] };
            if (!read.IsActive)
                return read;
            var ended = read with
            {
                State = TrainingState.Interrupted,
                Step = new TrainingCheckpoints(folder).Steps is [.., var last] ? last : 0,
                Fault = "The studio ended meanwhile.",
            };
            Write(ended);
            return ended;
        }
        catch (LumenException)
        {
            return null; // not a training of the studio
        }
    }

    // The last line may have been cut short by a kill.
    private static IEnumerable<TrainingPoint> ReadCurve(string folder)
    {
        var file = Path.Combine(folder, Curve);
        if (!File.Exists(file))
            yield break;
        foreach (var line in TextFile.Read(file).Split('\n', StringSplitOptions.RemoveEmptyEntries))
        {
            TrainingPoint? point = null;
            try
            {
                point = JsonFile.Parse(line, Curve).As<TrainingPoint>(JobRequest.Json);
            }
            catch (LumenException)
            {
                // as above
            }
            if (point is not null)
                yield return point;
        }
    }

    private string? Inside(string path) => RealPath.IsInside(RealPath.Of(path), RealPath.Of(root)) ? path : null;
}
