using Lumen.Core.Checkpoints;
using static TorchSharp.torch;

namespace Lumen.Testing;

/// <summary>The reference cases under tests/goldens.</summary>
public static class Golden
{
    /// <summary>The root of the repository: the folder above the running program that holds Lumen.slnx.</summary>
    /// <exception cref="DirectoryNotFoundException">The program does not run below a checkout.</exception>
    public static string Repository
    {
        get
        {
            var folder = new DirectoryInfo(AppContext.BaseDirectory);
            while (folder is not null && !File.Exists(System.IO.Path.Combine(folder.FullName, "Lumen.slnx")))
                folder = folder.Parent;
            return folder?.FullName
                ?? throw new DirectoryNotFoundException($"No folder above {AppContext.BaseDirectory} holds Lumen.slnx.");
        }
    }

    /// <summary>Full path of a folder below tests/goldens.</summary>
    /// <exception cref="DirectoryNotFoundException">There is no such folder.</exception>
    public static string Folder(string relative)
    {
        var path = System.IO.Path.Combine(Repository, "tests", "goldens", relative);
        return Directory.Exists(path) ? path : throw new DirectoryNotFoundException($"There is no reference case {relative}.");
    }

    /// <summary>Full path of a file below tests/goldens.</summary>
    public static string Path(string relative) => System.IO.Path.Combine(Repository, "tests", "goldens", relative);

    /// <summary>
    /// All tensors of a safetensors file below tests/goldens, floating-point ones widened to float32 or kept as they are.
    /// </summary>
    public static Dictionary<string, Tensor> Tensors(string relative)
    {
        using var file = SafetensorsFile.Open(Path(relative));
        return file.Entries.Values.ToDictionary(
            entry => entry.Name,
            entry => file.Read(entry.Name, entry.DType is ScalarType.Float16 or ScalarType.BFloat16 ? ScalarType.Float32 : null),
            StringComparer.Ordinal
        );
    }
}
