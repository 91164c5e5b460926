using System.Text.Json;
using System.Text.Json.Serialization.Metadata;

namespace Lumen.Files;

/// <summary>
/// Reads recipes: strictly, and with advice for entries that are not known, since people bring those of other trainers along.
/// </summary>
public static class RecipeFile
{
    /// <summary>Reads a recipe.</summary>
    /// <param name="path">The file.</param>
    /// <param name="options">How entries are called; unknown ones must be refused.</param>
    /// <param name="advice">What to do instead of entries that others have.</param>
    /// <exception cref="LumenException">It is no JSON, or an entry is not known, of the wrong kind, there twice, or missing.</exception>
    public static T Read<T>(string path, JsonSerializerOptions options, IReadOnlyDictionary<string, string> advice)
        where T : notnull
    {
        options.MakeReadOnly(populateMissingResolver: true);
        try
        {
            var recipe = JsonFile.Read(path, Path.GetFileName(path));
            var sections = new SortedDictionary<string, IReadOnlyList<string>>(StringComparer.Ordinal);
            Collect(options.GetTypeInfo(typeof(T)), "", sections, options);
            Refuse(recipe, options.GetTypeInfo(typeof(T)), options, name => Advice(name, sections, advice));
            return recipe.As<T>(options);
        }
        catch (LumenException fault)
        {
            throw new LumenException($"The recipe {path} cannot be used: {fault.Message}", fault);
        }
    }

    private static void Refuse(JsonEntry entry, JsonTypeInfo type, JsonSerializerOptions options, Func<string, string> advice)
    {
        if (type.Kind == JsonTypeInfoKind.Enumerable && entry.Kind == JsonValueKind.Array)
            foreach (var item in entry.Items())
                Refuse(item, options.GetTypeInfo(type.ElementType!), options, advice);
        if (type.Kind != JsonTypeInfoKind.Object || entry.Kind != JsonValueKind.Object)
            return;
        var known = type
            .Properties.Where(property => property.Set is not null)
            .ToDictionary(property => property.Name, StringComparer.Ordinal);
        foreach (var (name, value) in entry.Entries())
        {
            if (known.TryGetValue(name, out var property))
                Refuse(value, options.GetTypeInfo(property.PropertyType), options, advice);
            else
                throw new LumenException(
                    LumenErrorKind.Format,
                    $"{value.Place} is not "
                        + $"known.{(NearestName.Of(name, known.Keys) is { } near ? $" Did you mean \"{near}\"?" : advice(name))} "
                        + $"Known here are {string.Join(", ", known.Keys.Order(StringComparer.Ordinal))}."
                );
        }
    }

    private static string Advice(
        string name,
        IReadOnlyDictionary<string, IReadOnlyList<string>> sections,
        IReadOnlyDictionary<string, string> advice
    )
    {
        var places = sections
            .Where(section => section.Value.Contains(name, StringComparer.Ordinal))
            .Select(section => section.Key.Length == 0 ? "the recipe itself, outside of any section" : $"the section \"{section.Key}\"")
            .ToList();
        if (places.Count > 0)
            return $" It belongs into {string.Join(" or ", places)}.";
        return advice.TryGetValue(name, out var sentence) ? $" {sentence}" : "";
    }

    private static void Collect(
        JsonTypeInfo type,
        string section,
        SortedDictionary<string, IReadOnlyList<string>> sections,
        JsonSerializerOptions options
    )
    {
        if (type.Kind == JsonTypeInfoKind.Enumerable)
            type = options.GetTypeInfo(type.ElementType!);
        if (type.Kind != JsonTypeInfoKind.Object)
            return;
        sections[section] = [.. type.Properties.Where(property => property.Set is not null).Select(property => property.Name)];
        foreach (var property in type.Properties.Where(property => property.Set is not null))
            Collect(
                options.GetTypeInfo(property.PropertyType),
                section.Length == 0 ? property.Name : $"{section}.{property.Name}",
                sections,
                options
            );
    }
}
