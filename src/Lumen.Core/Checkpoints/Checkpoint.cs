using static TorchSharp.torch;

namespace Lumen.Core.Checkpoints;

/// <summary>The weights of one model: a safetensors file, or several that an index lists. Closing it closes the files.</summary>
public sealed class Checkpoint : IDisposable
{
    private static readonly string[] Stems = ["diffusion_pytorch_model", "model", "open_clip_model"];
    private static readonly string[] Endings =
    [
        ".safetensors",
        ".safetensors.index.json",
        ".fp16.safetensors",
        ".safetensors.index.fp16.json",
    ];
    private readonly List<SafetensorsFile> _files;
    private readonly Dictionary<string, SafetensorsFile> _owners = new(StringComparer.Ordinal);

    internal Checkpoint(string description, List<SafetensorsFile> files)
    {
        (Description, _files) = (description, files);
        var entries = new Dictionary<string, TensorEntry>(StringComparer.Ordinal);
        var metadata = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var file in files)
        {
            foreach (var entry in file.Entries.Values)
            {
                entries[entry.Name] = entry;
                _owners[entry.Name] = file;
            }
            foreach (var (key, value) in file.Metadata)
                metadata[key] = value;
        }
        (Entries, Metadata) = (entries, metadata);
    }

    private Checkpoint(Checkpoint whole, string description, IEnumerable<KeyValuePair<string, TensorEntry>> entries)
    {
        (Description, _files, Metadata) = (description, [], whole.Metadata);
        var named = new Dictionary<string, TensorEntry>(StringComparer.Ordinal);
        foreach (var (name, entry) in entries)
        {
            if (!named.TryAdd(name, entry with { Name = name }))
                throw new LumenException(
                    LumenErrorKind.Format,
                    $"{description} holds {name} twice: as {named[name].StoredName} and as {entry.StoredName}."
                );
            _owners[name] = whole.Owner(entry.Name);
        }
        Entries = named;
    }

    /// <summary>Folder and file name, for messages: <c>unet/diffusion_pytorch_model.safetensors</c>.</summary>
    public string Description { get; }

    /// <summary>The tensors of all files by name; offsets are within the file that holds the tensor.</summary>
    public IReadOnlyDictionary<string, TensorEntry> Entries { get; }

    /// <summary>The metadata strings of all files together.</summary>
    public IReadOnlyDictionary<string, string> Metadata { get; }

    /// <summary>Opens weights.</summary>
    /// <param name="path">A <c>.safetensors</c> file, a <c>.safetensors.index.json</c>, or a folder with <c>diffusion_pytorch_model</c> or
    /// <c>model</c>
    /// in one of these forms (full precision first, then fp16).</param>
    /// <exception cref="LumenException">Nothing usable is there; the message says what was looked for.</exception>
    public static Checkpoint Open(string path)
    {
        var file = Directory.Exists(path) ? FindIn(path) : path;
        if (!File.Exists(file))
            throw new LumenException(
                LumenErrorKind.File,
                $"There is no file {file}. Expected a .safetensors file, a .safetensors.index.json, or a model folder that holds one."
            );
        return file.EndsWith(".json", StringComparison.OrdinalIgnoreCase)
            ? new Checkpoint(Describe(file), ShardIndex.Open(file))
            : new Checkpoint(Describe(file), [SafetensorsFile.Open(file)]);
    }

    /// <summary>
    /// The weight files that <see cref="Open"/> reads, in the order of their names: of several forms in a folder the one that is chosen, of
    /// shards all.
    /// </summary>
    /// <exception cref="LumenException">Nothing usable is there.</exception>
    public static IReadOnlyList<string> FilesOf(string path)
    {
        var file = Directory.Exists(path) ? FindIn(path) : path;
        return file.EndsWith(".json", StringComparison.OrdinalIgnoreCase) ? ShardIndex.FilesOf(file) : [file];
    }

    /// <summary>Reads one tensor; see <see cref="SafetensorsFile.Read(string, ScalarType?)"/>.</summary>
    /// <exception cref="LumenException">There is no such tensor, or a file has become unreadable.</exception>
    public Tensor Read(string name, ScalarType? dtype = null) => Owner(name).Read(Entries[name], dtype);

    /// <summary>Reads one tensor into an existing one; see <see cref="SafetensorsFile.ReadInto(string, Tensor)"/>.</summary>
    /// <exception cref="LumenException">There is no such tensor, it has another shape, or a file has become unreadable.</exception>
    public void ReadInto(string name, Tensor destination) => Owner(name).ReadInto(Entries[name], destination);

    /// <summary>
    /// Some tensors of this checkpoint under other names. The files stay this one's: it must be open as long as the view is used.
    /// </summary>
    /// <param name="description">What messages call the view.</param>
    /// <param name="entries">New name and entry of this checkpoint, which may have been cut or given another shape.</param>
    /// <exception cref="LumenException">Two tensors get the same name.</exception>
    internal Checkpoint View(string description, IEnumerable<KeyValuePair<string, TensorEntry>> entries) => new(this, description, entries);

    /// <summary>Closes all files.</summary>
    public void Dispose() => _files.ForEach(file => file.Dispose());

    /// <summary>
    /// True if a folder holds weights that <see cref="Open"/> finds by itself, pickles and stray shards included, which it refuses by name.
    /// </summary>
    public static bool HasUsualNames(string folder) => Directory.EnumerateFiles(folder).Any(IsUsualName);

    private static bool IsUsualName(string path) =>
        Stems.Any(stem =>
            Path.GetFileName(path).StartsWith(stem + ".", StringComparison.Ordinal)
            || Path.GetFileName(path).StartsWith(stem + "-0", StringComparison.Ordinal)
        );

    internal void CopyTo(TensorEntry entry, Tensor destination) => Owner(entry.Name).CopyTo(entry, destination);

    /// <summary>The last two parts of a path: enough to recognise a file, and no part of the user's home.</summary>
    internal static string Describe(string path)
    {
        var folder = Path.GetFileName(Path.GetDirectoryName(Path.GetFullPath(path)));
        return string.IsNullOrEmpty(folder) ? Path.GetFileName(path) : $"{folder}/{Path.GetFileName(path)}";
    }

    private SafetensorsFile Owner(string name) =>
        _owners.TryGetValue(name, out var file)
            ? file
            : throw new LumenException(LumenErrorKind.Format, $"{Description} has no tensor \"{name}\"; it has {Entries.Count} others.");

    private static string FindIn(string folder)
    {
        foreach (var ending in Endings)
        {
            foreach (var stem in Stems)
            {
                var candidate = Path.Combine(folder, stem + ending);
                if (File.Exists(candidate))
                    return candidate;
            }
        }
        var pickle = Directory
            .EnumerateFiles(folder, "*", new EnumerationOptions { IgnoreInaccessible = true })
            .Order(StringComparer.Ordinal)
            .FirstOrDefault(Pickle.HasName);
        if (pickle is not null)
        {
            SafetensorsFile.Open(pickle).Dispose(); // says what it really is, and that it is refused
            throw Pickle.Refusal(Describe(pickle));
        }
        throw new LumenException(
            LumenErrorKind.Format,
            $"The folder {folder} holds no weights. Expected {string.Join(" or ", Stems)} with one of the endings "
                + $"{string.Join(", ", Endings)}; "
                + "check the path or fetch the model again."
        );
    }
}
