using Lumen.Files;

namespace Lumen.Datasets;

/// <summary>What can be wrong in a COCO annotation file itself, and files that it names and that no item has.</summary>
/// <param name="tree">The data set's folder.</param>
/// <param name="file">The annotation file.</param>
/// <param name="places">Where its pictures and masks are.</param>
/// <param name="listed">Ids of the pictures that the part's main file lists; null if this is it. Their files are checked as items.</param>
internal sealed class CocoCheck(DatasetTree tree, CocoFile file, CocoPlaces places, IReadOnlySet<string>? listed)
{
    private readonly HashSet<string> _images = new(StringComparer.Ordinal),
        _categories = new(StringComparer.Ordinal),
        _annotations = new(StringComparer.Ordinal);
    private readonly Dictionary<string, string> _names = new(StringComparer.Ordinal);
    private bool _saidNoMasks;

    /// <summary>The file's name in an entry of <c>images</c>.</summary>
    /// <exception cref="LumenException">There is none, or it is a path on the machine that wrote it.</exception>
    public static string FileName(JsonEntry image)
    {
        var name = image.Required("file_name");
        if (name.Text() is not { Length: > 0 } text)
            throw name.Fault("the name of a picture");
        return DatasetTree.IsAbsolute(text)
            ? throw name.Fault("a name from the folder of the pictures, without the folders of the machine that it was written on,")
            : text;
    }

    /// <summary>All faults of the file.</summary>
    public IEnumerable<DatasetFault> Run()
    {
        foreach (var section in JsonSections.Read(tree.Full(file.Name)))
        {
            if (section is { Kind: JsonSectionKind.Value, Property: "images" or "annotations" or "categories" })
                yield return Fault(DatasetFaultKind.BadList, section.Entry.Fault("a list [...]").Message);
            if (section.Kind != JsonSectionKind.Element)
                continue;
            if (section.Property == "images")
                foreach (var fault in Faults(DatasetFaultKind.BadList, section.Entry, Image))
                    yield return fault;
            if (section.Property == "categories")
                foreach (var fault in Faults(DatasetFaultKind.BadList, section.Entry, Category))
                    yield return fault;
        }
        foreach (
            var section in JsonSections
                .Read(tree.Full(file.Name))
                .Where(section => section is { Kind: JsonSectionKind.Element, Property: "annotations" })
        )
        foreach (var fault in Faults(DatasetFaultKind.BadAnnotation, section.Entry, Annotation))
            yield return fault;
    }

    // What an entry's values are not, and what its values say.
    private static List<DatasetFault> Faults(DatasetFaultKind kind, JsonEntry entry, Action<JsonEntry, List<DatasetFault>> look)
    {
        var faults = new List<DatasetFault>();
        try
        {
            look(entry, faults);
            if (entry.FirstNonFinite() is { } strange)
                throw strange.Fault("a number");
        }
        catch (LumenException fault)
        {
            faults.Add(Fault(kind, fault.Message));
        }
        return faults;

        DatasetFault Fault(DatasetFaultKind kind, string message) => new(kind, entry.Place, message);
    }

    private void Image(JsonEntry image, List<DatasetFault> faults)
    {
        var id = image.Required("id").Id();
        var isNew = _images.Add(id); // whatever else is wrong with it: its annotations belong to it
        var name = FileName(image);
        _ = (image["width"]?.Int(1), image["height"]?.Int(1));
        var picture = places.Picture(name);
        if (!isNew)
            faults.Add(new DatasetFault(DatasetFaultKind.DuplicateStem, name, $"{file.Name}: the image id {id} is used twice."));
        else if (!_names.TryAdd(CocoPlaces.Plain(name), id))
            faults.Add(
                new DatasetFault(
                    DatasetFaultKind.DuplicateStem,
                    name,
                    $"{file.Name}: {name} is listed twice, as the images {_names[CocoPlaces.Plain(name)]} and {id}: it is one "
                        + "picture under two ids."
                )
            );
        if (listed?.Contains(id) == false && !tree.HasFile(picture))
            faults.Add(new DatasetFault(DatasetFaultKind.MissingPicture, picture, $"{picture} does not exist ({file.Name}, image {id})."));
    }

    private void Category(JsonEntry category, List<DatasetFault> faults)
    {
        var id = category.Required("id").Id();
        category["name"]?.Text();
        if (!_categories.Add(id))
            faults.Add(Fault(DatasetFaultKind.BadList, $"{file.Name}: the category id {id} is used twice."));
    }

    private void Annotation(JsonEntry one, List<DatasetFault> faults)
    {
        var id = one["id"]?.Id();
        var what = id is null ? one.Place[(one.Place.LastIndexOf(' ') + 1)..] : $"the annotation {id}";
        var image = one["image_id"]?.Id();
        if (image is null || !_images.Contains(image))
            faults.Add(
                Fault(DatasetFaultKind.BadAnnotation, $"{file.Name}: {what} belongs to the image {image ?? "(none)"}, which is not listed.")
            );
        if (id is not null && !_annotations.Add(id))
            faults.Add(Fault(DatasetFaultKind.BadAnnotation, $"{file.Name}: the annotation id {id} is used twice."));
        foreach (var category in Categories(one).Where(category => _categories.Count > 0 && !_categories.Contains(category)))
            faults.Add(Fault(DatasetFaultKind.IdOutsideClasses, $"{file.Name}: {what} has the category {category}, which is not listed."));
        one["caption"]?.Text();
        if (one["bbox"] is { } box && box.Items().Select(side => side.Number()).Count() != 4)
            throw box.Fault("a box [x, y, width, height]");
        if (one["file_name"] is { } name)
            Mask(name.Text(), image, faults);
    }

    private void Mask(string name, string? image, List<DatasetFault> faults)
    {
        if (places.Mask(file, name) is not { } mask)
        {
            if (!_saidNoMasks)
                faults.Add(
                    Fault(
                        DatasetFaultKind.MissingLabel,
                        $"{file.Name} names masks ({name}), but there is no folder {DatasetTree.Stem(file.Name)} that holds them."
                    )
                );
            _saidNoMasks = true;
        }
        // A listed picture's mask is looked for as its label.
        else if (!(listed ?? _images).Contains(image ?? "") && !tree.HasFile(mask))
            faults.Add(Fault(DatasetFaultKind.MissingLabel, $"{mask} does not exist ({file.Name})."));
    }

    private static IEnumerable<string> Categories(JsonEntry annotation)
    {
        if (annotation["category_id"] is { } own)
            yield return own.Id();
        if (annotation["segments_info"] is not { } segments)
            yield break;
        foreach (var segment in segments.Items())
            if (segment["category_id"] is { } id)
                yield return id.Id();
    }

    private DatasetFault Fault(DatasetFaultKind kind, string message) => new(kind, file.Name, message);
}
