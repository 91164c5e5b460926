using Lumen.Files;
using Lumen.Studio.Runs;

namespace Lumen.Studio;

/// <summary>The adapters that pictures can be steered by, by their names: no path of a client is opened.</summary>
internal sealed class AdapterLibrary(StudioOptions options, TrainingFolder trainings)
{
    /// <summary>The adapter that the model is opened with, if any.</summary>
    public string? Own => Path.Exists(OwnPath) ? NameOf(OwnPath) : null;

    /// <summary>
    /// Names: the model's own adapter first, then those of the model's folder, of the folder of adapters, and those trained here.
    /// </summary>
    public IReadOnlyList<string> Names => [.. Found().Select(one => one.Name).Distinct()];

    private string OwnPath => options.Pipeline.Adapter ?? Path.Combine(options.Model, "controlnet");

    /// <summary>Where an adapter is; of two with one name the first.</summary>
    /// <exception cref="LumenException">There is none of this name.</exception>
    public string PathOf(string name)
    {
        var found = Found().ToList();
        return found.Where(one => one.Name == name).Select(one => one.Path).FirstOrDefault()
            ?? throw new LumenException(
                LumenErrorKind.Option,
                $"There is no adapter \"{name}\". "
                    + (
                        found.Count == 0
                            ? "None is there."
                            : $"Choose one of {string.Join(", ", found.Select(one => one.Name).Distinct())}."
                    )
            );
    }

    private IEnumerable<(string Name, string Path)> Found()
    {
        if (Path.Exists(OwnPath))
            yield return (NameOf(OwnPath), OwnPath);
        foreach (var root in new[] { options.Model, options.Adapters })
        {
            if (root is null || !Directory.Exists(root))
                continue;
            foreach (var folder in Directory.EnumerateDirectories(root).Order(StringComparer.Ordinal))
                if (RealPath.IsInside(RealPath.Of(folder), RealPath.Of(root)) && IsAdapter(folder))
                    yield return (Path.GetFileName(folder), folder);
        }
        foreach (var trained in trainings.Adapters())
            if (IsAdapter(trained.Path))
                yield return trained;
    }

    private static string NameOf(string path) => Path.GetFileName(Path.TrimEndingDirectorySeparator(path));

    private static bool IsAdapter(string folder)
    {
        var config = Path.Combine(folder, "config.json");
        try
        {
            return File.Exists(config) && JsonFile.Read(config)["_class_name"]?.TryText() == "ControlNetModel";
        }
        catch (LumenException)
        {
            return false; // damaged, so nothing that can be offered
        }
    }
}
