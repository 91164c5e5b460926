using Lumen.Datasets;
using Lumen.Imaging;

namespace Lumen.Testing.Mutations;

/// <summary>
/// Lists, metadata and annotations of labelled data sets: checked, counted, taken item by item, and written again with a new picture.
/// </summary>
internal static class DataSubjects
{
    private const int Width = 16,
        Height = 8;

    public static IEnumerable<MutationSubject> In(string folder) =>
        [.. Coco(folder), .. ImageFolder(folder), .. Classes(folder), .. Cityscapes(folder), .. Voc(folder), .. Lists(folder)];

    private static IEnumerable<MutationSubject> Coco(string folder)
    {
        var root = Path.Combine(folder, "coco");
        Picture(root, "train/0.png");
        Picture(root, "train/1.png");
        Picture(root, "val/9.png");
        Picture(root, "annotations/panoptic_train/0.png");
        const string Images =
            """{"images": [{"id": 1, "file_name": "0.png", "width": 16, "height": 8}, {"id": 2, "file_name": "1.png", "width": 16, "height": 8}], """;
        const string Categories = """, "categories": [{"id": 1, "name": "car", "supercategory": "v"}, {"id": 2, "name": "person"}]}""";
        (string Name, string Text)[] files =
        [
            (
                "instances_train",
                Images
                    + """
                    "annotations": [{"id": 1, "image_id": 1, "category_id": 1, "bbox": [1, 1, 4, 4], "area": 16.5, "iscrowd": 0, "segmentation": [[1, 1, 5, 1, 5, 5]]},
                    {"id": 2, "image_id": 2, "category_id": 2, "bbox": [0, 0, 2, 2], "iscrowd": 1, "segmentation": {"size": [8, 16], "counts": [0, 4, 124]}}]
                    """
                    + Categories
            ),
            (
                "panoptic_train",
                Images
                    + """ "annotations": [{"image_id": 1, "file_name": "0.png", "segments_info": [{"id": 3, "category_id": 1, "area": 3, "bbox": [0, 0, 1, 1], "iscrowd": 0}]}] """
                    + Categories
            ),
            ("captions_train", Images + """ "annotations": [{"id": 7, "image_id": 1, "caption": "a street"}], "info": {"year": 2017}}"""),
            (
                "instances_val",
                """{"images": [{"id": 10, "file_name": "9.png", "width": 16, "height": 8}], "annotations": []""" + Categories
            ),
        ];
        foreach (var (name, text) in files)
            MutationSubjects.Text(root, $"annotations/{name}.json", text);
        foreach (var (name, _) in files)
            yield return Subject("coco", root, $"annotations/{name}.json");

        var beside = Path.Combine(folder, "roboflow");
        Picture(beside, "train/0.png");
        Picture(beside, "train/1.png");
        MutationSubjects.Text(beside, "train/_annotations.coco.json", files[0].Text);
        yield return Subject("coco, Roboflow", beside, "train/_annotations.coco.json");

        var single = Path.Combine(folder, "single");
        Picture(single, "images/0.png");
        Picture(single, "images/1.png");
        MutationSubjects.Text(
            single,
            "labels.json",
            files[0]
                .Text.Replace("\"id\": 1, \"file_name\"", "\"id\": \"one\", \"file_name\"", StringComparison.Ordinal)
                .Replace("\"image_id\": 1", "\"image_id\": \"one\"", StringComparison.Ordinal)
        );
        yield return Subject("coco, one file", single, "labels.json");
    }

    private static IEnumerable<MutationSubject> ImageFolder(string folder)
    {
        var root = Path.Combine(folder, "imagefolder");
        for (var index = 0; index < 3; index++)
        {
            Picture(root, $"train/{index}.png");
            Ids(root, $"train/labels/{index}.png");
        }
        MutationSubjects.Text(
            root,
            "train/metadata.jsonl",
            string.Concat(
                Enumerable
                    .Range(0, 3)
                    .Select(index =>
                        $$"""{"file_name": "{{index}}.png", "text": "a street", "labels_file_name": "labels/{{index}}.png", "width": 16, "height": 8, "appearance_seed": "1", "objects": [{"class": "car", "color": "red", "yaw": 0.5}]}"""
                        + "\n"
                    )
            )
        );
        MutationSubjects.Text(root, "classes.json", """[{"id": 0, "name": "void"}, {"id": 1, "name": "road", "color": [128, 64, 128]}]""");
        yield return Subject("metadata.jsonl", root, "train/metadata.jsonl");
        yield return Subject("classes.json", root, "classes.json");

        var table = Path.Combine(folder, "table");
        for (var index = 0; index < 3; index++)
            Picture(table, $"train/{index}.png");
        MutationSubjects.Text(
            table,
            "train/metadata.csv",
            "file_name,text,note\n0.png,\"a street, at night\",x\n1.png,a street,\n2.png,\"say \"\"no\"\"\",y\n"
        );
        yield return new MutationSubject("metadata.csv", Path.Combine(table, "train/metadata.csv"), () => Use(table, pictures: true));
    }

    private static IEnumerable<MutationSubject> Classes(string folder)
    {
        foreach (var (name, text) in new[] { ("classes.txt", "0 void\n1 road\n2, car\n"), ("labels.txt", "void\nroad\ncar\n") })
        {
            var root = Path.Combine(folder, name);
            Picture(root, "images/train/a.png");
            Ids(root, "labels/train/a.png");
            MutationSubjects.Text(root, name, text);
            yield return Subject(name, root, name);
        }
    }

    private static IEnumerable<MutationSubject> Cityscapes(string folder)
    {
        var root = Path.Combine(folder, "cityscapes");
        const string Name = "train/aachen/aachen_000000_000019";
        Picture(root, $"leftImg8bit/{Name}_leftImg8bit.png");
        Ids(root, $"gtFine/{Name}_gtFine_labelIds.png");
        MutationSubjects.Text(
            root,
            $"gtFine/{Name}_gtFine_polygons.json",
            """{"imgHeight": 8, "imgWidth": 16, "objects": [{"label": "road", "polygon": [[0, 0], [4, 0], [4, 4]]}]}"""
        );
        yield return Subject("polygons", root, $"gtFine/{Name}_gtFine_polygons.json");
    }

    private static IEnumerable<MutationSubject> Voc(string folder)
    {
        var root = Path.Combine(folder, "voc");
        Picture(root, "JPEGImages/a.b.png");
        Picture(root, "JPEGImages/c.png");
        Ids(root, "SegmentationClass/a.b.png");
        Ids(root, "SegmentationClass/c.png");
        MutationSubjects.Text(
            root,
            "Annotations/a.b.xml",
            $"<annotation><size><width>{Width}</width><height>{Height}</height></size></annotation>"
        );
        MutationSubjects.Text(
            root,
            "Annotations/c.xml",
            $"<annotation><size><width>{Width}</width><height>{Height}</height></size></annotation>"
        );
        MutationSubjects.Text(root, "ImageSets/Segmentation/train.txt", "a.b\nc\n");
        yield return Subject("voc, list", root, "ImageSets/Segmentation/train.txt");
        yield return Subject("voc, boxes", root, "Annotations/c.xml");
    }

    private static IEnumerable<MutationSubject> Lists(string folder)
    {
        var camvid = Path.Combine(folder, "camvid");
        var folders = Path.Combine(folder, "folders");
        foreach (var name in (string[])["a", "b"])
        {
            Picture(camvid, $"train/{name}.png");
            Ids(camvid, $"trainannot/{name}.png");
            Picture(folders, $"images/{name}.png");
            Ids(folders, $"labels/{name}.png");
        }
        MutationSubjects.Text(
            camvid,
            "train.txt",
            "/SegNet/CamVid/train/a.png /SegNet/CamVid/trainannot/a.png\n/SegNet/CamVid/train/b.png /SegNet/CamVid/trainannot/b.png\n"
        );
        MutationSubjects.Text(folders, "train.txt", "a.png\nb\n");
        yield return Subject("camvid, list", camvid, "train.txt");
        yield return Subject("folders, list", folders, "train.txt");
    }

    private static MutationSubject Subject(string kind, string root, string file) =>
        new($"{kind}: {Path.GetFileName(file)}", Path.Combine(root, file), () => Use(root, pictures: false));

    private static void Use(string root, bool pictures)
    {
        var dataset = pictures ? DatasetFormats.OpenPictures(root) : DatasetFormats.Open(root);
        var to = root + " enlarged";
        MutationSubjects.Each(
            () => DatasetCheck.Run(dataset),
            () => DatasetSummary.Of(dataset),
            () => _ = dataset.Items().ToList(),
            () =>
            {
                var split = dataset.Splits[0];
                var variants = dataset
                    .Items(split)
                    .Take(2)
                    .Select(item => new DatasetVariant(item.Picture, 0, dataset.VariantName(item.Picture, 0), "a street at night"))
                    .ToList();
                dataset.WriteLists(to, new DatasetVariants(variants, withOriginals: true));
            }
        );
    }

    private static void Picture(string root, string name) =>
        PngWriter.WriteRgb(Path.Combine(root, name), Imaging.Picture.Filled(Width, Height, (byte)name.Length, 90, (byte)name[^5]));

    private static void Ids(string root, string name) =>
        PngWriter.WriteGray8(Path.Combine(root, name), Width, Height, [.. Enumerable.Repeat((byte)1, Width * Height)]);
}
