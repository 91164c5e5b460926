using System.Globalization;
using System.Text;
using Lumen.Imaging;

namespace Lumen.Tests.Datasets;

/// <summary>
/// A tiny data set in every layout: three training pictures and two held-out ones, with spaces and accents in their names where the layout
/// allows it.
/// </summary>
internal sealed class TinyDatasets(string folder)
{
    public const int Width = 20,
        Height = 12;
    public const int Training = 3,
        HeldOut = 2;

    public static readonly string[] Formats =
    [
        "imagefolder",
        "cityscapes",
        "voc",
        "coco",
        "ade20k",
        "kitti",
        "camvid",
        "nyuv2",
        "nyuv2 scenes",
        "folders",
        "folders by part",
        "folders with lists",
    ];

    private static readonly (byte, byte, byte)[] Palette = [(0, 0, 0), (128, 0, 0), (0, 128, 0), (1, 2, 3)];
    private int _count;

    /// <summary>Writes one; returns its folder.</summary>
    public string Write(string format)
    {
        switch (format)
        {
            case "imagefolder":
                ImageFolder();
                break;
            case "cityscapes":
                Cityscapes();
                break;
            case "voc":
                Voc();
                break;
            case "coco":
                Coco();
                break;
            case "ade20k":
                Ade20K();
                break;
            case "kitti":
                Kitti();
                break;
            case "camvid":
                CamVid();
                break;
            case "nyuv2":
                Each(
                    "",
                    "",
                    (split, name) =>
                        (Picture($"images/{split}/{name}.png"), Depth($"depth/{split}/{name}.png"), Ids($"labels/{split}/{name}.png"))
                );
                break;
            case "nyuv2 scenes":
                NyuScenes();
                break;
            case "folders":
                Each(
                    "",
                    "",
                    (split, name) =>
                        (
                            Picture($"images/{split}/{name}.png"),
                            Ids($"labels/{split}/{name}.png"),
                            Text($"boxes/{split}/{name}.txt", "0 0.5 0.5 0.1 0.1\n")
                        )
                );
                break;
            case "folders by part":
                Each("", "", (split, name) => (Picture($"{split}/images/dé/{name}.png"), Ids($"{split}/masks/dé/{name}.png"), true));
                break;
            default:
                Each("", "", (_, name) => (Picture($"images/{name}.png"), Ids($"labels/{name}.png"), true));
                Lists((_, name) => name, (split, lines) => Text($"{split}.txt", lines));
                break;
        }
        return folder;
    }

    public static string NameOf(string split, int index) => string.Create(CultureInfo.InvariantCulture, $"straße {split} {index}");

    public bool Picture(string name)
    {
        var picture = Lumen.Imaging.Picture.Filled(Width, Height, (byte)(40 * _count), 90, (byte)(255 - 20 * _count++));
        if (name.EndsWith(".png", StringComparison.Ordinal))
            PngWriter.WriteRgb(Full(name), picture);
        else
        {
            Directory.CreateDirectory(Path.GetDirectoryName(Full(name))!);
            File.WriteAllBytes(Full(name), JpegWriter.Encode(picture, null));
        }
        return true;
    }

    public bool Ids(string name, byte id = 1)
    {
        var ids = new byte[Width * Height];
        Array.Fill(ids, id, Width, Width * 2);
        PngWriter.WriteGray8(Full(name), Width, Height, ids);
        return true;
    }

    public bool Depth(string name)
    {
        PngWriter.WriteGray16(Full(name), Width, Height, [.. Enumerable.Range(0, Width * Height).Select(at => (ushort)(at * 200))]);
        return true;
    }

    public bool Text(string name, string text)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(Full(name))!);
        File.WriteAllText(Full(name), text, new UTF8Encoding(false));
        return true;
    }

    private static void Each<T>(string train, string heldOut, Func<string, string, T> write)
    {
        for (var index = 0; index < Training; index++)
            write(train.Length > 0 ? train : "train", NameOf("train", index));
        for (var index = 0; index < HeldOut; index++)
            write(heldOut.Length > 0 ? heldOut : "val", NameOf("val", index));
    }

    private static void Lists(Func<string, string, string> line, Func<string, string, bool> write)
    {
        write("train", string.Concat(Enumerable.Range(0, Training).Select(index => line("train", NameOf("train", index)) + "\n")));
        write("val", string.Concat(Enumerable.Range(0, HeldOut).Select(index => line("val", NameOf("val", index)) + "\n")));
    }

    private string Full(string name) => Path.Combine(folder, name);

    private void ImageFolder()
    {
        Each(
            "",
            "",
            (split, name) => (Picture($"{split}/images/{name}.png"), Ids($"{split}/labels/{name}.png"), Depth($"{split}/depth/{name}.png"))
        );
        Lists(
            (_, name) =>
                $$"""{"file_name": "images/{{name}}.png", "text": "a street by day", "labels_file_name": "labels/{{name}}.png", "depth_file_name": "depth/{{name}}.png", "width": {{Width}}, "height": {{Height}}, "mood": "calm"}""",
            (split, lines) => Text($"{split}/metadata.jsonl", lines)
        );
        Text("classes.json", """[{"id": 0, "name": "other", "color": [0, 0, 0]}, {"id": 1, "name": "road", "color": [9, 9, 9]}]""");
    }

    private void Cityscapes()
    {
        for (var index = 0; index < Training + HeldOut; index++)
        {
            var (split, city) = index < Training ? ("train", "bad-honnef") : ("val", "köln");
            var name = string.Create(CultureInfo.InvariantCulture, $"{split}/{city}/{city}_000000_{index:D6}");
            Picture($"leftImg8bit/{name}_leftImg8bit.png");
            Ids($"gtFine/{name}_gtFine_labelIds.png", 7);
            Ids($"gtFine/{name}_gtFine_labelTrainIds.png", 255);
            PngWriter.WriteGray16(
                Full($"gtFine/{name}_gtFine_instanceIds.png"),
                Width,
                Height,
                Enumerable.Repeat((ushort)26003, Width * Height).ToArray()
            );
            Text($"gtFine/{name}_gtFine_polygons.json", $$"""{"imgHeight": {{Height}}, "imgWidth": {{Width}}, "objects": []}""");
        }
    }

    private void Voc()
    {
        Each(
            "",
            "",
            (_, name) =>
            {
                var stem = name.Replace(' ', '_');
                PngWriter.WritePalette8(
                    Full($"SegmentationClass/{stem}.png"),
                    Width,
                    Height,
                    [.. Enumerable.Range(0, Width * Height).Select(at => (byte)(at % 4))],
                    Palette
                );
                return (
                    Picture($"JPEGImages/{stem}.jpg"),
                    Text(
                        $"Annotations/{stem}.xml",
                        $"<annotation><size><width>{Width}</width><height>{Height}</height><depth>3</depth></size></annotation>"
                    ),
                    true
                );
            }
        );
        Lists((_, name) => name.Replace(' ', '_'), (split, lines) => Text($"ImageSets/Segmentation/{split}.txt", lines));
        Text(
            "ImageSets/Segmentation/trainval.txt",
            File.ReadAllText(Full("ImageSets/Segmentation/train.txt")) + File.ReadAllText(Full("ImageSets/Segmentation/val.txt"))
        );
        Text("ImageSets/Main/car_train.txt", $"{NameOf("train", 0).Replace(' ', '_')} -1\n");
    }

    private void Coco()
    {
        foreach (var (split, first, count) in new[] { ("train2017", 10, Training), ("val2017", 20, HeldOut) })
        {
            var (images, annotations, panoptic) = (new List<string>(), new List<string>(), new List<string>());
            for (var index = 0; index < count; index++)
            {
                var name = NameOf(split, index);
                Picture($"{split}/{name}.jpg");
                PngWriter.WriteRgb(Full($"annotations/panoptic_{split}/{name}.png"), Lumen.Imaging.Picture.Filled(Width, Height, 7, 0, 0));
                images.Add($$"""{"id": {{first + index}}, "file_name": "{{name}}.jpg", "width": {{Width}}, "height": {{Height}}}""");
                annotations.Add(
                    $$"""{"id": {{first * 10 + index}}, "image_id": {{first + index}}, "category_id": 3, "bbox": [1, 2, 3, 4.5], "segmentation": [[1, 2, 3.25, 4, 5, 6]], "iscrowd": 0, "area": 13.5}"""
                );
                panoptic.Add(
                    $$"""{"image_id": {{first + index}}, "file_name": "{{name}}.png", "segments_info": [{"id": 7, "category_id": 3, "area": 240, "iscrowd": 0, "bbox": [0, 0, 20, 12]}]}"""
                );
            }
            const string Rest = """, "categories": [{"id": 3, "name": "car"}], "licenses": []""";
            Text(
                $"annotations/instances_{split}.json",
                $$"""{"info": {"year": 2026}, "images": [{{string.Join(", ", images)}}], "annotations": [{{string.Join(", ", annotations)}}]{{Rest}}}"""
            );
            Text(
                $"annotations/panoptic_{split}.json",
                $$"""{"images": [{{string.Join(", ", images)}}], "annotations": [{{string.Join(", ", panoptic)}}]{{Rest}}}"""
            );
            var captions = Enumerable
                .Range(0, count * 2)
                .Select(index => $$"""{"id": {{first * 100 + index}}, "image_id": {{first + index / 2}}, "caption": "a car {{index}}"}""");
            Text(
                $"annotations/captions_{split}.json",
                $$"""{"images": [{{string.Join(", ", images)}}], "annotations": [{{string.Join(", ", captions)}}]}"""
            );
        }
    }

    private void Ade20K()
    {
        Each(
            "training",
            "validation",
            (split, name) =>
                (
                    Picture($"images/{split}/{name.Replace(' ', '_')}.jpg"),
                    Ids($"annotations/{split}/{name.Replace(' ', '_')}.png", 150),
                    true
                )
        );
        Text("sceneCategories.txt", $"{NameOf("train", 0).Replace(' ', '_')} living_room\n");
        Text(
            "objectInfo150.txt",
            "Idx\tRatio\tTrain\tVal\tName\n" + string.Concat(Enumerable.Range(1, 150).Select(id => $"{id}\t0.1\t1\t1\tthing{id}, object\n"))
        );
    }

    private void Kitti()
    {
        for (var index = 0; index < Training + HeldOut; index++)
        {
            var (split, drive) = index < Training ? ("train", "2011_09_26_drive_0001_sync") : ("val", "2011_09_26_drive_0002_sync");
            var frame = string.Create(CultureInfo.InvariantCulture, $"image_02/{index + 5:D10}.png");
            Picture($"2011_09_26/{drive}/{frame.Replace("image_02/", "image_02/data/", StringComparison.Ordinal)}");
            Depth($"{split}/{drive}/proj_depth/groundtruth/{frame}");
            Depth($"{split}/{drive}/proj_depth/velodyne_raw/{frame}");
        }
    }

    private void CamVid()
    {
        Each("", "", (split, name) => (Picture($"{split}/{name}.png"), Ids($"{split}annot/{name}.png", 11), true));
        Lists(
            (split, name) => $"/SegNet/CamVid/{split}/{name}.png /SegNet/CamVid/{split}annot/{name}.png",
            (split, lines) => Text($"{split}.txt", lines)
        );
    }

    private void NyuScenes()
    {
        Each(
            "",
            "",
            (split, name) => (Picture($"küche_{split}/rgb_{name[^1]}.jpg"), Depth($"küche_{split}/sync_depth_{name[^1]}.png"), true)
        );
        Lists(
            (split, name) => $"/küche_{split}/rgb_{name[^1]}.jpg /küche_{split}/sync_depth_{name[^1]}.png 518.8579",
            (split, lines) => Text($"nyudepthv2_{split}_files_with_gt.txt", lines)
        );
    }
}
