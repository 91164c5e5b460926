using System.CommandLine;
using System.CommandLine.Parsing;
using System.Reflection;
using Lumen.Datasets;

namespace Lumen.Cli;

/// <summary>
/// Types of other assemblies, which <c>--extension</c> names on any command: backbones, samplers and conditions of its
/// <see cref="ILumenExtension"/>, and its data-set formats. Nothing is loaded that is not named.
/// </summary>
/// <param name="Registry">What is built in, and what they add.</param>
/// <param name="Formats">The formats in the order in which they are tried, theirs first.</param>
internal sealed record Extensions(LumenRegistry Registry, IReadOnlyList<IDatasetFormat> Formats)
{
    private const string Flag = "--extension";

    /// <summary>Adds the option to every command.</summary>
    public static void AddTo(Command root) =>
        root.Options.Add(
            new Option<string[]>(Flag)
            {
                HelpName = "DLL",
                Description = "Also know the backbones, samplers, conditions and data-set formats in this assembly; may be given again.",
                Recursive = true,
                Arity = ArgumentArity.OneOrMore,
                AllowMultipleArgumentsPerToken = false,
            }
        );

    /// <summary>What a command line names.</summary>
    /// <exception cref="LumenException">An assembly cannot be loaded, or has nothing to add.</exception>
    public static Extensions Of(ParseResult parsed) => From(parsed.GetResult(Flag));

    /// <summary>The same while it is still being parsed.</summary>
    /// <exception cref="LumenException">An assembly cannot be loaded, or has nothing to add.</exception>
    public static Extensions Of(SymbolResult result) => From(result.GetResult(Flag));

    private static Extensions From(SymbolResult? option)
    {
        var (registry, formats) = (LumenRegistry.BuiltIn, DatasetFormats.BuiltIn);
        foreach (var file in option?.Tokens.Select(token => token.Value) ?? [])
        {
            object[] made = [.. TypesOf(file).Select(type => Activator.CreateInstance(type)!)];
            if (made.Length == 0)
                throw new LumenException(
                    $"{file} adds nothing. Expected an assembly with a public class that is an ILumenExtension or an IDatasetFormat and "
                        + "has a constructor without arguments."
                );
            registry = made.OfType<ILumenExtension>().Aggregate(registry, (known, extension) => extension.Register(known));
            formats = [.. made.OfType<IDatasetFormat>(), .. formats];
        }
        return new Extensions(registry, formats);
    }

    private static string Reason(Exception fault) => fault is BadImageFormatException ? "it is no .NET assembly." : fault.Message;

    private static IEnumerable<Type> TypesOf(string file)
    {
        if (!File.Exists(file))
            throw new LumenException(
                LumenErrorKind.File,
                $"There is no extension at {file}. Give --extension an assembly (.dll) that was built against Lumen."
            );
        try
        {
            return
            [
                .. Assembly
                    .LoadFrom(Path.GetFullPath(file))
                    .GetExportedTypes()
                    .Where(type => type is { IsClass: true, IsAbstract: false } && type.GetConstructor(Type.EmptyTypes) is not null)
                    .Where(type => type.IsAssignableTo(typeof(ILumenExtension)) || type.IsAssignableTo(typeof(IDatasetFormat))),
            ];
        }
        catch (Exception fault) when (fault is BadImageFormatException or FileLoadException or FileNotFoundException or TypeLoadException)
        {
            throw new LumenException(
                LumenErrorKind.Format,
                $"{file} cannot be loaded as an extension: {Reason(fault)} Give --extension the .dll of an assembly that was built against "
                    + "this version of Lumen.",
                fault
            );
        }
    }
}
